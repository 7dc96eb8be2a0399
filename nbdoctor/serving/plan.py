"""What will be started: profile, model, flags and variables, chosen for this machine."""

from __future__ import annotations

import json
import shlex
from collections.abc import Set
from dataclasses import dataclass, field
from typing import Any

from . import hardware, ray_app
from .tables import Engine, Profile, chat_template, engines, profile, profiles
from .weights import Model, cache_gib, understand

HOST = "127.0.0.1"
#: GiB of key-value cache of vLLM on a processor.
CACHE = "VLLM_CPU_KVCACHE_SPACE"


@dataclass(frozen=True)
class Options:
    """What the command line asks for. ``context``: tokens, 0: the profile's. ``tensor_parallel``: GPUs that share the model.
    ``replicas``: the fewest and the most, for Ray."""

    engine: str = "vllm"
    profile: str = "auto"
    model: str = ""
    port: int = 8000
    context: int = 0
    tensor_parallel: int = 1
    replicas: tuple[int, int] = (1, 1)


@dataclass(frozen=True)
class Plan:
    """A server to start. ``flags``: of vLLM, without the dashes. ``env``: variables beside those that are there. ``notes``:
    sentences for the user about what was chosen."""

    engine: Engine
    profile: Profile
    model: Model
    port: int
    context: int
    dtype: str
    flags: dict[str, Any]
    env: dict[str, str]
    tensor_parallel: int
    replicas: tuple[int, int]
    notes: list[str] = field(default_factory=list)

    @property
    def url(self) -> str:
        """The server's address."""
        return f"http://{HOST}:{self.port}/v1"

    def facts(self) -> dict[str, str]:
        """What the sentences about a log name."""
        named = {"model": self.model.name, "engine": self.engine.title}
        return {**named, "port": str(self.port), "context": str(self.context)}

    def command(self, executable: str, known: Set[str], application: str = "application.yaml") -> list[str]:
        """The command line.

        Args:
            executable: the engine's program.
            known: the flags that the installed version knows; empty: not asked, so all are given.
            application: the file that Ray is given.
        """
        if self.engine.name == "ray":
            return [executable, "run", application]
        where: dict[str, Any] = {"host": HOST, "port": self.port}
        if self.engine.name == "transformers":
            flags = {**where, **({"dtype": self.dtype} if self.dtype else {}), "device": _device(self.profile)}
            named = ["--force-model", self.model.source] if "--force-model" in known else [self.model.source]
        else:
            flags, named = {**where, **self.flags}, [self.model.source]
        return [executable, "serve", *named, *_words(flags, known)]

    def application(self) -> str:
        """The Ray Serve application, as YAML."""
        arguments = {name.replace("-", "_"): value for name, value in self.flags.items() if name not in _OF_SERVER}
        described = ray_app.application(
            source=self.model.source,
            name=self.model.name,
            port=self.port,
            engine_kwargs=arguments,
            env=self.env,
            replicas=self.replicas,
            on_cpu=self.profile.device == "cpu",
        )
        return ray_app.yaml(described)

    def shown(self, command: list[str]) -> str:
        """The command as a person would type it, with the key hidden."""
        secret = [f"{self.engine.key_variable}=…"] if self.engine.key_variable else []
        variables = [f"{name}={shlex.quote(value)}" for name, value in self.env.items()]
        return " ".join([*variables, *secret, shlex.join(command)])


#: Flags of vLLM's web server, which Ray replaces by its own.
_OF_SERVER = ("served-model-name", "disable-uvicorn-access-log")


def make(options: Options) -> Plan:
    """Choose profile, model and flags for this machine.

    Raises:
        ConfigurationError: where a profile or a model is named that is none.
        ServingError: where the driver does not answer.
    """
    chosen, notes = _choose(options.profile)
    model = understand(options.model or chosen.model)
    on_cpu = chosen.device == "cpu"
    dtype = "float32" if on_cpu and hardware.wants_float32() else ""
    context = model.context(options.context or chosen.context)
    flags = {"served-model-name": model.name, "max-model-len": context, **chosen.flags}
    if dtype:
        flags["dtype"] = dtype
    if options.tensor_parallel > 1:
        flags["tensor-parallel-size"] = options.tensor_parallel
    if not model.has_template and (template := chat_template(model.name)):
        flags["chat-template"] = template
    elif model.local and not model.has_template:
        notes = [*notes, f"{model.source} brings no chat template: is it an instruct model? Others cannot be asked."]
    env = dict(chosen.env)
    if on_cpu:
        env[CACHE] = str(cache_gib(model, context, dtype, int(env.get(CACHE, "1"))))
        if cores := hardware.threads():
            env["VLLM_CPU_OMP_THREADS_BIND"] = cores
    if model.local:
        env["HF_HUB_OFFLINE"] = "1"  # nothing is to be fetched
    return Plan(
        engine=engines()[options.engine],
        profile=chosen,
        model=model,
        port=options.port,
        context=context,
        dtype=dtype,
        flags=flags,
        env=env,
        tensor_parallel=options.tensor_parallel,
        replicas=options.replicas,
        notes=notes,
    )


def _choose(name: str) -> tuple[Profile, list[str]]:
    """The profile, and sentences about the choice."""
    if name != "auto":
        return profile(name), []
    cards = hardware.gpus()
    for found in profiles().values():
        if found.device == "cpu" and cards:
            said = (
                f"The GPU {cards[0].name} has {cards[0].total_mib} MiB, less than the smallest profile for GPUs needs: "
            )
            return found, [f"{said}the processor is used. To use it, name a small --model and --profile gpu-24gb."]
        if found.device == "cpu" or (cards and cards[0].total_mib >= found.min_gpu_mib):
            return found, []
    raise AssertionError("the last profile is for processors")


def _device(chosen: Profile) -> str:
    return "cpu" if chosen.device == "cpu" else "auto"


def _words(flags: dict[str, Any], known: Set[str]) -> list[str]:
    words = []
    for name, value in flags.items():
        flag = f"--{name}"
        if known and flag not in known:
            continue
        if value is True:
            words.append(flag)
        else:
            words += [flag, json.dumps(value) if isinstance(value, (dict, list)) else str(value)]
    return words
