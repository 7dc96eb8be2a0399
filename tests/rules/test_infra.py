import pytest

from .support import first, report


@pytest.mark.parametrize(
    ("error", "message", "details", "kind"),
    [
        ("MemoryError", "", {}, "memory"),
        (
            "_ArrayMemoryError",
            "Unable to allocate 8.0 TiB for an array with shape (1000000,) and data type",
            {},
            "memory",
        ),
        ("OutOfMemoryError", "CUDA out of memory. Tried to allocate 2 GiB", {}, "gpu_memory"),
        ("OSError", "[Errno 28] No space left on device: 'x'", {"errno": "28", "filename": "x"}, "disk_full"),
        ("PermissionError", "[Errno 13] Permission denied: 'x'", {"filename": "x"}, "permission"),
        ("IsADirectoryError", "[Errno 21] Is a directory: 'x'", {"filename": "x"}, "is_a_folder"),
        ("ConnectionRefusedError", "[Errno 111] Connection refused", {}, "connection_refused"),
        (
            "ConnectionError",
            "HTTPSConnectionPool(host='a.example', port=443): Failed to resolve 'a.example'",
            {},
            "no_such_host",
        ),
        ("ReadTimeout", "HTTPSConnectionPool(host='a.example', port=443): Read timed out.", {}, "network_timeout"),
    ],
)
def test_what_the_machine_refuses(error, message, details, kind):
    found = first(report("go()", error, message, "go()", **details))
    assert found.kind == kind
    assert found.fixes == []


def test_names_are_in_the_sentence():
    assert "`a.example`" in first(report("go()", "ReadTimeout", "host='a.example' timed out", "go()")).headline
    found = first(
        report("go()", "MemoryError", "Unable to allocate 8.0 TiB for an array with shape (10, 3) and", "go()")
    )
    assert found.headline == "An array of shape `(10, 3)` needs 8.0 TiB, more memory than the kernel can get."
