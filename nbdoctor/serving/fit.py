"""Whether what is to be started can work at all: asked before minutes are lost."""

from __future__ import annotations

import socket

from ..errors import ServingError
from . import hardware
from .environment import Installed
from .hardware import Gpu, gib
from .plan import CACHE, HOST, Plan

_MIB, _GIB = 2**20, 2**30
#: What an engine takes beside weights and cache: its libraries, and what it computes with.
_ASIDE = 1.5 * _GIB


def check(plan: Plan, installed: Installed) -> None:
    """Refuse what cannot work.

    Raises:
        ServingError: where the port is taken, there is no GPU for the profile, the engine was built for another device, or the
            model does not fit into the memory that is free.
    """
    _port(plan.port)
    if plan.profile.device == "cpu":
        _fits(plan, hardware.free_memory(), "this machine")
        return
    if installed.engine.name == "vllm" and installed.for_cpu:
        raise ServingError(
            f"{installed.executable} is vLLM's build for processors, and the profile {plan.profile.name} is for a GPU.",
            hint="Name an environment with vLLM's build for GPUs (--python PATH), or take --profile cpu.",
        )
    _on_cards(plan, hardware.gpus()[: plan.tensor_parallel])


def _port(port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as servers do
        try:
            probe.bind((HOST, port))
        except OSError as error:
            why = (error.strerror or str(error)).lower()
            hint = "Name another one with --port, or end the program that uses it."
            raise ServingError(f"Port {port} cannot be used: {why}.", hint=hint) from error


def _on_cards(plan: Plan, cards: list[Gpu]) -> None:
    if len(cards) < plan.tensor_parallel:
        wanted = "a GPU" if plan.tensor_parallel == 1 else f"{plan.tensor_parallel} GPUs"
        raise ServingError(
            f"The profile {plan.profile.name} needs {wanted}, and nvidia-smi lists {len(cards) or 'none'}.",
            hint="Install the NVIDIA driver, look at CUDA_VISIBLE_DEVICES, or take --profile cpu.",
        )
    share = float(plan.flags["gpu-memory-utilization"])
    for card in cards:
        if plan.engine.name != "transformers" and card.free_mib < share * card.total_mib:
            raise ServingError(
                f"The GPU {card.name} has {gib(card.free_mib * _MIB)} of {gib(card.total_mib * _MIB)} free, and vLLM takes "
                f"{share:.0%} of all for itself.",
                hint="End what else uses it; nvidia-smi lists that.",
            )
    _fits(plan, sum(card.total_mib for card in cards) * share * _MIB, f"the GPU {cards[0].name}")


def _fits(plan: Plan, free: float, where: str) -> None:
    need = needed(plan)
    if need and free and need > free:
        raise ServingError(
            f"The model {plan.model.name} does not fit: it takes about {gib(need)}, and {where} has {gib(free)} for it.",
            hint="Name a smaller or quantized model with --model, a shorter --context, or end what else uses the memory.",
        )


def needed(plan: Plan) -> float:
    """Bytes that weights, cache for one request of full length and the engine itself take; 0 where nothing is known."""
    model, chosen = plan.model, plan.profile
    weights: float = model.loaded_bytes(plan.dtype)
    if not weights and model.name == chosen.model:
        widened = 2 if plan.dtype == "float32" and not chosen.quantization else 1
        weights = widened * chosen.weights_gib * _GIB
    if not weights:
        return 0.0
    reserved = int(plan.env[CACHE]) * _GIB if CACHE in plan.env else model.token_bytes(plan.dtype) * plan.context
    return weights + reserved + _ASIDE
