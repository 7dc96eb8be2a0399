import pytest

from nbdoctor.protocol import Look

from ..support import FakeNamespace, first, repaired, report

NEW = (
    "CUDA out of memory. Tried to allocate 2.00 GiB. GPU 0 has a total capacity of 15.77 GiB of which 1.20 GiB is free. "
    "Process 12 has 3.00 GiB memory in use. Process 13 has 1.00 GiB memory in use. Of the allocated memory 8.00 GiB is "
    "allocated by PyTorch, and 2.40 GiB is reserved by PyTorch but unallocated."
)
OLD = (
    "CUDA out of memory. Tried to allocate 20.00 MiB (GPU 1; 15.78 GiB total capacity; 14.56 GiB already allocated; "
    "8.44 MiB free; 14.80 GiB reserved in total by PyTorch)"
)
SAVED = "Attempting to deserialize object on a CUDA device but torch.cuda.is_available() is False."


def test_who_has_the_memory():
    live = FakeNamespace({"model": Look("Net", "shop"), "batch": Look("Tensor", "torch", shape=[512, 3, 224, 224])})
    found = first(report("y = model(batch)", "OutOfMemoryError", NEW), live)
    assert found.headline == "This asked GPU 0 for 2.00 GiB more, and 1.20 GiB of its 15.77 GiB are free."
    assert found.facts == [
        "8.00 GiB hold tensors of this kernel.",
        "2.40 GiB are kept in pieces that are too small; `torch.cuda.empty_cache()` gives them back.",
        "2 other processes use 4 GiB of it, perhaps the kernel of another notebook.",
        "Largest tensors among the variables: `batch`.",
    ]


@pytest.mark.parametrize(
    ("error", "message", "headline"),
    [
        ("RuntimeError", OLD, "This asked GPU 1 for 20.00 MiB more, and 8.44 MiB of its 15.78 GiB are free."),
        ("ResourceExhaustedError", "OOM when allocating tensor with shape[64,512] and type float", "A tensor of shape `(64,512)` does not fit into the memory that the GPU has free."),
        ("XlaRuntimeError", "RESOURCE_EXHAUSTED: Out of memory while trying to allocate 34359738368 bytes.", "This asked the GPU for 32 GiB more than it has free."),
        ("OutOfMemoryError", "Out of memory allocating 8,589,934,592 bytes (allocated so far: 0 bytes).", "This asked the GPU for 8 GiB more than it has free."),
        ("RuntimeError", "CUDA error: out of memory", "The GPU has no memory left for this."),
    ],
)  # fmt: skip
def test_texts_of_other_libraries(error, message, headline):
    found = first(report("train()", error, message, "train()"))
    assert (found.kind, found.headline) == ("gpu_memory", headline)


@pytest.mark.parametrize(
    ("source", "error", "message", "expected"),
    [
        ("model = Net().cuda()", "AssertionError", "Torch not compiled with CUDA enabled", "model = Net().cpu()"),
        (
            "x = torch.ones(3, device='cuda:0')",
            "RuntimeError",
            "No CUDA GPUs are available",
            "x = torch.ones(3, device='cpu')",
        ),
        ("w = torch.load('w.pt')", "RuntimeError", SAVED, "w = torch.load('w.pt', map_location=\"cpu\")"),
        ("w = torch.load('w.pt', map_location=where)", "RuntimeError", SAVED, None),
        ("x = x.to(device)", "RuntimeError", "Found no NVIDIA driver on your system. Please check", None),
        ("x = x.cuda(1)", "RuntimeError", "CUDA error: invalid device ordinal", None),
    ],
)
def test_without_a_gpu(source, error, message, expected):
    made = report(source, error, message, source)
    assert first(made).kind == "no_gpu"
    assert repaired(made) == expected


@pytest.mark.parametrize(
    ("error", "message", "kind"),
    [
        ("RuntimeError", "CUDA error: device-side assert triggered\nCUDA kernel errors might be", "gpu_assert"),
        ("AcceleratorError", "CUDA error: no kernel image is available for execution on the device", "gpu_too_old"),
        ("RuntimeError", "Expected all tensors to be on the same device, but found at least two devices, cuda:0 and cpu!", "gpu_two_devices"),
        ("RuntimeError", "cuDNN error: CUDNN_STATUS_NOT_INITIALIZED", "gpu_library"),
        ("DistBackendError", "NCCL error in: ProcessGroupNCCL.cpp:1275, unhandled system error", "gpu_nccl"),
        ("RuntimeError", "Cannot re-initialize CUDA in forked subprocess.", "gpu_fork"),
        ("TypeError", "can't convert cuda:0 device type tensor to numpy.", "gpu_to_numpy"),
    ],
)  # fmt: skip
def test_other_trouble(error, message, kind):
    assert first(report("train()", error, message, "train()")).kind == kind
