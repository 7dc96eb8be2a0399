"""A Ray Serve LLM application as YAML, for ``serve run`` on one machine and for ``serve deploy`` on a cluster."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

#: A replica answers so many requests at once before Ray starts another one.
_ONGOING = 16
#: Ray keeps a core for what answers HTTP and one for what holds the engine, besides the engine's own: with two cores the
#: application is never scheduled (Ray 2.60). It is bookkeeping alone; the engine uses the cores that it is bound to.
_NO_CORE = {"ray_actor_options": {"num_cpus": 0}}


def application(
    *,
    source: str,
    name: str,
    port: int,
    engine_kwargs: Mapping[str, Any],
    env: Mapping[str, str],
    replicas: tuple[int, int] = (1, 1),
    on_cpu: bool = False,
) -> dict[str, Any]:
    """The application's description.

    Args:
        source: the model's folder or its name on the hub.
        name: what clients call it.
        port: where it listens, on 127.0.0.1 of the machine that has Ray's head.
        engine_kwargs: vLLM's own arguments, ``tensor_parallel_size`` among them.
        env: variables of the environment of the replicas.
        replicas: the fewest and the most; Ray starts and ends them by the requests that wait.
        on_cpu: without it Ray gives each replica a GPU.
    """
    least, most = replicas
    return {
        "proxy_location": "HeadOnly",
        "http_options": {"host": "127.0.0.1", "port": port},
        "applications": [
            {
                "name": "nbdoctor",
                "route_prefix": "/",
                "import_path": "ray.serve.llm:build_openai_app",
                "args": {
                    "llm_configs": [
                        {
                            "model_loading_config": {"model_id": name, "model_source": source},
                            **({"accelerator_config": {"kind": "cpu"}} if on_cpu else {}),
                            "engine_kwargs": dict(engine_kwargs),
                            "runtime_env": {"env_vars": dict(env)},
                            "deployment_config": {
                                **(_NO_CORE if on_cpu else {}),
                                "autoscaling_config": {
                                    "min_replicas": least,
                                    "max_replicas": most,
                                    "target_ongoing_requests": _ONGOING,
                                },
                            },
                        }
                    ],
                    **({"ingress_deployment_config": _NO_CORE} if on_cpu else {}),
                },
            }
        ],
    }


def yaml(value: Any, indent: int = 0) -> str:
    """A tree of dicts, lists and scalars as YAML, in block style; scalars as JSON, which is YAML too."""
    pad = " " * indent
    if isinstance(value, Mapping) and value:
        return "".join(f"{pad}{key}:{_below(item, indent + 2)}" for key, item in value.items())
    if isinstance(value, (list, tuple)) and value:
        return "".join(f"{pad}- {yaml(item, indent + 2).lstrip()}" for item in value)
    return f"{pad}{json.dumps(value)}\n"


def _below(value: Any, indent: int) -> str:
    nested = isinstance(value, (Mapping, list, tuple)) and value
    return f"\n{yaml(value, indent)}" if nested else f" {yaml(value)}"
