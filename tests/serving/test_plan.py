"""What is chosen for a machine, and what is refused before it is started."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest

from nbdoctor.errors import ConfigurationError, ServingError
from nbdoctor.serving import environment, fit, hardware, plan, ray_app
from nbdoctor.serving.plan import Options
from nbdoctor.serving.tables import engines, profile, profiles

from ..ports import free_port
from .fake_engine import Environment, model, nvidia_smi

A100 = "NVIDIA A100-SXM4-80GB, 81920, 550.54.15, 80995"


@pytest.fixture()
def small_machine(monkeypatch):
    """Two cores without short floats, 16 GiB free."""
    monkeypatch.setattr(hardware, "wants_float32", lambda: True)
    monkeypatch.setattr(hardware, "threads", lambda: "0,1")
    monkeypatch.setattr(hardware, "free_memory", lambda: 16 * 2**30)


def made(**options):
    return plan.make(Options(**{"port": free_port(), **options}))


def refused(*arguments):
    with pytest.raises(ServingError) as caught:
        fit.check(*arguments)
    return f"{caught.value.message} {caught.value.hint}"


@pytest.mark.parametrize(
    ("said", "chosen"),
    [
        (None, "cpu"),
        ("No devices were found", "cpu"),
        (A100, "a100-80gb"),
        ("NVIDIA A100-PCIE-40GB, 40960, 550.54, 40000", "a100-40gb"),
        ("NVIDIA L4, 23034, 550.54, 22000", "gpu-24gb"),
        ("NVIDIA H200, 143771, 570.1, 143000\nNVIDIA L4, 23034, 570.1, 22000", "a100-80gb"),
        ("Tesla T4, 15360, 550.54, 15000", "cpu"),
        ("NVIDIA A100 MIG, [N/A], 550.54, [N/A]", "cpu"),
    ],
)
def test_auto_chooses_by_the_first_card(tmp_path, said, chosen):
    if said is not None:
        nvidia_smi(tmp_path / "path", said)
    found = made()
    assert found.profile.name == chosen
    assert bool(found.notes) == (chosen == "cpu" and said is not None and "," in said)


def test_hidden_cards_do_not_count(tmp_path, monkeypatch):
    nvidia_smi(tmp_path / "path", f"{A100}\nNVIDIA L4, 23034, 550.54, 22000")
    for visible, names in (("1", ["NVIDIA L4"]), ("", []), ("1,0", ["NVIDIA L4", "NVIDIA A100-SXM4-80GB"]), ("-1", [])):
        monkeypatch.setenv("CUDA_VISIBLE_DEVICES", visible)
        assert [card.name for card in hardware.gpus()] == names


def test_a_driver_that_does_not_answer_is_said(tmp_path):
    nvidia_smi(tmp_path / "path", "NVIDIA-SMI has failed because it could not talk to the driver. Reinstall.", 9)
    with pytest.raises(ServingError, match="does not reach the NVIDIA driver: NVIDIA-SMI has failed") as caught:
        made()
    assert "--profile cpu" in caught.value.hint
    assert made(profile="cpu").profile.name == "cpu"


def test_a_processor_gets_all_cores_float32_and_no_speculation(tiny, small_machine):
    found = made(model=str(tiny))
    command = found.command("vllm", frozenset())
    assert command[:3] == ["vllm", "serve", str(tiny)]
    assert command[command.index("--dtype") :][:2] == ["--dtype", "float32"]
    assert "--enforce-eager" in command
    assert "--speculative-config" not in command
    assert command[command.index("--host") :][:2] == ["--host", "127.0.0.1"]
    assert found.env["VLLM_CPU_OMP_THREADS_BIND"] == "0,1"
    assert (found.env["VLLM_CPU_KVCACHE_SPACE"], found.env["HF_HUB_OFFLINE"]) == ("2", "1")


def test_a_gpu_speculates_and_keeps_its_own_dtype(tmp_path, small_machine):
    nvidia_smi(tmp_path / "path", A100)
    found = made()
    command = found.command("vllm", frozenset())
    assert found.model.source == "TheBloke/CodeLlama-34B-Instruct-AWQ"
    assert '"method": "ngram"' in command[command.index("--speculative-config") + 1]
    assert {"--dtype", "--enforce-eager"}.isdisjoint(command)
    assert not {"VLLM_CPU_KVCACHE_SPACE", "VLLM_CPU_OMP_THREADS_BIND", "HF_HUB_OFFLINE"} & set(found.env)


@pytest.mark.parametrize("name", profiles())
def test_no_profile_reports_its_use(name):
    env = profile(name).env
    assert (env["VLLM_NO_USAGE_STATS"], env["DO_NOT_TRACK"], env["RAY_USAGE_STATS_ENABLED"]) == ("1", "1", "0")


def test_flags_that_the_version_lacks_are_left_out(tiny, small_machine):
    command = made(model=str(tiny)).command("vllm", frozenset({"--host", "--port", "--max-model-len"}))
    assert [word for word in command if word.startswith("--")] == ["--host", "--port", "--max-model-len"]


def test_the_key_is_hidden_in_what_is_shown(tiny):
    found = made(model=str(tiny))
    shown = found.shown(found.command("vllm", frozenset()))
    assert "VLLM_API_KEY=… vllm serve" in shown
    assert "VLLM_NO_USAGE_STATS=1" in shown


def test_context_is_what_the_model_has_and_what_was_asked_for(tmp_path):
    short = model(tmp_path / "short", max_position_embeddings=2048)
    assert made(model=str(short)).context == 2048
    assert made(model=str(short), context=1024).context == 1024
    assert made(profile="cpu", context=99_000).context == 99_000


def test_the_cache_of_a_processor_holds_one_request_of_full_length(tmp_path, small_machine):
    # 2 · 32 layers · 32 heads · 128 · 4 bytes a token
    wide = model(
        tmp_path / "wide", hidden_size=4096, num_attention_heads=32, num_hidden_layers=32, num_key_value_heads=32
    )
    assert made(model=str(wide), context=8192).env["VLLM_CPU_KVCACHE_SPACE"] == "8"


MESSAGES = [{"role": role, "content": role} for role in ("system", "user", "assistant", "user")]


def test_code_llama_gets_a_chat_template_where_it_brings_none(tmp_path):
    jinja2 = pytest.importorskip("jinja2")
    path = Path(made(profile="a100-80gb").flags["chat-template"])
    template = jinja2.Environment().from_string(path.read_text())
    rendered = template.render(messages=MESSAGES, bos_token="<s>", eos_token="</s>")
    assert rendered == "<s>[INST] <<SYS>>\nsystem\n<</SYS>>\n\nuser [/INST] assistant </s><s>[INST] user [/INST]"
    assert template.render(messages=MESSAGES[1:2], bos_token="<s>", eos_token="") == "<s>[INST] user [/INST]"
    folder = model(tmp_path / "CodeLlama-7b-Instruct")
    assert "chat-template" not in made(model=str(folder)).flags
    (folder / "chat_template.jinja").unlink()
    assert "chat-template" in made(model=str(folder)).flags


def test_a_model_without_a_chat_template_is_noted(tiny):
    (tiny / "chat_template.jinja").unlink()
    (note,) = made(model=str(tiny)).notes
    assert note == f"{tiny} brings no chat template: is it an instruct model? Others cannot be asked."
    (tiny / "tokenizer_config.json").write_text('{"chat_template": "x"}')
    assert made(model=str(tiny)).notes == []


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("empty", "holds no model: it has no config.json"),
        ("bare", "holds no model: it has no weights"),
        ("broken", "cannot be read"),
        ("list", "describes no model"),
        ("bare/config.json", "is a file"),
        ("absent", "There is no folder"),
    ],
)
def test_a_folder_that_is_no_model_is_said(tmp_path, name, said):
    for folder, text in (("empty", None), ("bare", "{}"), ("broken", "{"), ("list", "[]")):
        (tmp_path / folder).mkdir()
        if text is not None:
            (tmp_path / folder / "config.json").write_text(text)
    with pytest.raises(ConfigurationError, match=said):
        made(model=str(tmp_path / name))


@pytest.mark.parametrize("name", ["not a name", "a/b/c", "./here", "../there", "~/nowhere-at-all"])
def test_a_name_that_is_none_is_said(name):
    with pytest.raises(ConfigurationError, match="There is no folder"):
        made(model=name)


def test_an_unknown_profile_is_said():
    with pytest.raises(ConfigurationError) as caught:
        made(profile="tpu")
    assert caught.value.hint == "There are auto, a100-80gb, a100-40gb, gpu-24gb, cpu."


def test_a_model_that_does_not_fit_into_memory(tmp_path, engine, small_machine):
    large = model(tmp_path / "large", 8 * 2**30)
    found = environment.find(engines()["vllm"], str(engine.python))
    said = refused(made(model=str(large)), found)  # 16 GiB of float32, 2 of cache, 1.5 beside
    assert "The model large does not fit: it takes about 19.5 GiB, and this machine has 16.0 GiB for it." in said
    assert "--model" in said
    fit.check(made(model=str(model(tmp_path / "half", 4 * 2**30))), found)
    packed = model(tmp_path / "packed", 8 * 2**30, quantization_config={"bits": 4})
    fit.check(made(model=str(packed)), found)


def test_a_model_that_does_not_fit_onto_the_card(tmp_path, engine):
    nvidia_smi(tmp_path / "path", "NVIDIA L4, 23034, 550.54, 22900")
    found = environment.find(engines()["vllm"], str(engine.python))
    said = refused(made(profile="a100-80gb", model=str(model(tmp_path / "large", 30 * 2**30))), found)
    assert "and the GPU NVIDIA L4 has 20.2 GiB for it." in said
    fit.check(made(), found)


def test_a_card_that_others_use(tmp_path, engine):
    nvidia_smi(tmp_path / "path", "NVIDIA A100-SXM4-80GB, 81920, 550.54, 20480")
    said = refused(made(), environment.find(engines()["vllm"], str(engine.python)))
    assert "has 20.0 GiB of 80.0 GiB free, and vLLM takes 90% of all for itself." in said


@pytest.mark.parametrize(
    ("number", "wanted"), [(1, "a GPU, and nvidia-smi lists none"), (2, "2 GPUs, and nvidia-smi lists none")]
)
def test_a_profile_for_gpus_without_one(engine, number, wanted):
    found = environment.find(engines()["vllm"], str(engine.python))
    assert wanted in refused(made(profile="a100-40gb", tensor_parallel=number), found)


def test_a_build_for_processors_with_a_profile_for_gpus(tmp_path, engine):
    nvidia_smi(tmp_path / "path", A100)
    engine.rename("0.32.0+cpu")
    found = environment.find(engines()["vllm"], str(engine.python))
    assert found.for_cpu
    assert "is vLLM's build for processors, and the profile a100-80gb is for a GPU." in refused(made(), found)


def test_a_busy_port(engine, tiny):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        said = refused(made(model=str(tiny), port=port), environment.find(engines()["vllm"], str(engine.python)))
    assert said == (
        f"Port {port} cannot be used: address already in use. Name another one with --port, or end the program that uses it."
    )


def test_transformers_gets_its_own_flags(tiny, small_machine):
    found = made(model=str(tiny), engine="transformers")
    words = ["--host", "127.0.0.1", "--port", str(found.port), "--dtype", "float32", "--device", "cpu"]
    assert found.command("transformers", frozenset()) == ["transformers", "serve", str(tiny), *words]
    known = frozenset({"--host", "--port", "--force-model"})
    assert found.command("t", known) == ["t", "serve", "--force-model", str(tiny), *words[:4]]


def test_the_application_for_ray_is_yaml(tiny, small_machine):
    yaml = pytest.importorskip("yaml")
    found = made(model=str(tiny), engine="ray", replicas=(1, 4), tensor_parallel=2)
    document = yaml.safe_load(found.application())
    (application,) = document["applications"]
    (config,) = application["args"]["llm_configs"]
    assert document["http_options"] == {"host": "127.0.0.1", "port": found.port}
    assert application["import_path"] == "ray.serve.llm:build_openai_app"
    assert config["model_loading_config"] == {"model_id": "tiny", "model_source": str(tiny)}
    assert config["engine_kwargs"]["tensor_parallel_size"] == 2
    assert config["engine_kwargs"]["dtype"] == "float32"
    assert config["accelerator_config"] == {"kind": "cpu"}
    # Ray would wait for a third core otherwise, on a machine that has two.
    cores = [config["deployment_config"], application["args"]["ingress_deployment_config"]]
    assert [options["ray_actor_options"] for options in cores] == [{"num_cpus": 0}] * 2
    with_gpu = made(engine="ray", profile="gpu-24gb").application()
    assert "accelerator_config" not in with_gpu
    assert "num_cpus" not in with_gpu
    assert "served_model_name" not in config["engine_kwargs"]
    assert config["deployment_config"]["autoscaling_config"]["max_replicas"] == 4
    assert config["runtime_env"]["env_vars"]["VLLM_NO_USAGE_STATS"] == "1"
    assert found.command("serve", frozenset(), "a.yaml") == ["serve", "run", "a.yaml"]


def test_any_tree_is_written_as_yaml():
    yaml = pytest.importorskip("yaml")
    tree = {"a": [], "b": {}, "c": [{"d": 1, "e": [True, None, "x: y"]}, "z"], "f": {"g": {"h": "ü\n'"}}}
    assert yaml.safe_load(ray_app.yaml(tree)) == tree


def test_memory_cores_and_processor_of_this_machine():
    assert hardware.free_memory() > 2**20
    assert isinstance(hardware.wants_float32(), bool)
    cores = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else []
    assert hardware.threads() == (",".join(map(str, cores)) if len(cores) <= 4 else "")


def test_the_limit_of_a_container_counts(tmp_path):
    (tmp_path / "memory.max").write_text("1000\n")
    (tmp_path / "memory.current").write_text("400\n")
    assert hardware._left_in_group(tmp_path) == [600]
    (tmp_path / "memory.max").write_text("max\n")
    assert hardware._left_in_group(tmp_path) == []


@pytest.mark.parametrize(("flags", "wanted"), [("fpu avx2", True), ("fpu avx512f", False), ("avx512_bf16 avx2", False)])
def test_short_floats_by_the_processors_flags(monkeypatch, flags, wanted):
    monkeypatch.setattr(Path, "read_text", lambda *_, **__: f"processor\t: 0\nflags\t\t: {flags}\nflags\t\t: x\n")
    assert hardware.wants_float32() is wanted


def test_whose_port_it_is(monkeypatch):
    with socket.socket() as ours:
        ours.bind(("127.0.0.1", 0))
        port = ours.getsockname()[1]
        ours.listen()
        assert not hardware.taken_by_another_user(port)
        monkeypatch.setattr(os, "geteuid", lambda: 54321)
        assert hardware.taken_by_another_user(port)
    assert not hardware.taken_by_another_user(free_port())


def test_an_engine_that_is_not_there(tmp_path):
    bare = Environment(tmp_path / "bare", distributions=())
    with pytest.raises(ServingError) as caught:
        environment.find(engines()["vllm"], str(bare.python))
    assert caught.value.message == f"The environment of {bare.python} lacks vllm."
    assert "pip install 'nbdoctor[serve]'" in caught.value.hint
    assert "--python PATH" in caught.value.hint
    with pytest.raises(ServingError, match="lacks ray and vllm"):
        environment.find(engines()["ray"], str(bare.python))


@pytest.mark.parametrize("python", ["/no/such/python", "/etc/passwd"])
def test_an_interpreter_that_is_none(python):
    with pytest.raises(ConfigurationError, match=f"There is no Python interpreter {python}"):
        environment.find(engines()["vllm"], python)


def test_a_program_that_is_no_interpreter():
    with pytest.raises(ConfigurationError, match="does not run as a Python interpreter"):
        environment.find(engines()["vllm"], "/bin/false")
