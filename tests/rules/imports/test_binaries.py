import re

import pytest

from nbdoctor.protocol import Frame
from nbdoctor.rules import diagnose, tables
from nbdoctor.rules.imports import distributions as packages
from nbdoctor.rules.imports import environment
from nbdoctor.rules.imports.versions import Requirement

from ..support import FakeNamespace, first, installs, report


def raised(error, message, library="", source="import cv2", **details):
    made = report(source, error, message, **details)
    if library:
        made.errors[0].frames.append(Frame(f"{library}/__init__.py", 1, "<module>", "", "library"))
    return made


def no_file(name):
    return f"{name}: cannot open shared object file: No such file or directory"


def test_opencv_does_without_windows():
    found = first(raised("ImportError", no_file("libGL.so.1"), "cv2"))
    assert found.kind == "missing_system_library"
    assert found.headline == "`cv2` needs `libGL.so.1`, a library of the system that is not there."
    assert "`libgl1`" in found.explanation
    assert installs(found.fixes[0]) == ["opencv-python-headless"]


@pytest.mark.parametrize(
    ("error", "message", "package"),
    [
        ("OSError", no_file("libgomp.so.1"), "libgomp1"),
        ("OSError", "cannot load library 'libsndfile.so': libsndfile.so: cannot open it", "libsndfile1"),
        ("OSError", "sndfile library not found", "libsndfile1"),
        ("OSError", "PortAudio library not found", "libportaudio2"),
        ("OSError", 'no library called "libcairo.so.2" was found', "libcairo2"),
        ("ImportError", "Unable to find zbar shared library", "libzbar0"),
        ("ImportError", "failed to find libmagic.  Check your installation", "libmagic1"),
        ("ImportError", no_file("libcublas.so.12"), "CUDA"),
        ("ImportError", no_file("libcudart.so.11.0"), "CUDA"),
        ("ImportError", no_file("libcuda.so.1"), "driver"),
        ("ImportError", no_file("libpython3.8.so.1.0"), "another Python"),
    ],
)
def test_a_library_of_the_system_is_told_by_its_package(error, message, package):
    found = first(raised(error, message))
    assert found.kind == "missing_system_library"
    assert package in found.explanation


def test_a_library_that_nobody_listed_is_still_named():
    found = first(raised("ImportError", no_file("libqwxyzzy.so.3")))
    assert "`libqwxyzzy.so.3`" in found.headline
    assert "conda" in found.explanation
    assert found.fixes == []


@pytest.mark.parametrize(
    ("error", "message", "program"),
    [
        ("ExecutableNotFound", "failed to execute PosixPath('dot'), make sure the Graphviz executables are on", "dot"),
        ("TesseractNotFoundError", "tesseract is not installed or it's not in your PATH. See README", "tesseract"),
        ("PDFInfoNotInstalledError", "Unable to get page count. Is poppler installed and in PATH?", "pdfinfo"),
        ("OSError", "No wkhtmltopdf executable found: \"b''\"", "wkhtmltopdf"),
        ("RuntimeError", "Failed to process string with tex because latex could not be found", "latex"),
        ("PySparkRuntimeError", "[JAVA_GATEWAY_EXITED] Java gateway process exited before sending its port", "java"),
        ("WebDriverException", "Message: 'chromedriver' executable needs to be in PATH.", "chromedriver"),
        ("OSError", "No pandoc was found: either install pandoc and add it", "pandoc"),
    ],
)
def test_a_program_that_a_library_calls_is_named(error, message, program):
    found = first(raised(error, message, "oddlib"))
    assert found.kind == "missing_program"
    assert f"`{program}`" in found.headline
    assert found.fixes == []


def test_a_program_that_nobody_listed_is_known_by_who_looked_for_it():
    message = "[Errno 2] No such file or directory: 'qwxyzzy'"
    made = raised("FileNotFoundError", message, source="subprocess.run(['qwxyzzy', '-v'])", filename="qwxyzzy")
    made.errors[0].frames.append(Frame("subprocess.py", 1, "_execute_child", "", "library"))
    found = first(made)
    assert found.kind == "missing_program"
    assert found.headline.startswith("This runs the program `qwxyzzy`")


def test_a_file_that_is_not_there_is_no_program():
    made = raised(
        "FileNotFoundError", "No such file or directory: 'prices'", source="open('prices')", filename="prices"
    )
    assert first(made).kind == "missing_file"


SIZES = "numpy.dtype size changed, may indicate binary incompatibility. Expected {} from C header, got {} from PyObject"


def test_a_library_built_for_an_older_numpy_is_renewed_first():
    made = raised("ValueError", SIZES.format(88, 96), "sklearn", "import sklearn")
    found = first(made, FakeNamespace(versions={"numpy": "2.1.0", "scikit-learn": "1.2.2"}))
    assert found.kind == "binary_mismatch"
    assert found.headline == "The compiled part of `sklearn` was built for an older NumPy than 2.1.0."
    assert [installs(fix) for fix in found.fixes] == [["scikit-learn>1.2.2"], ["numpy<2"]]
    assert found.fixes[0].actions[-1].kind == "restart_kernel"


def test_a_library_built_for_a_newer_numpy_wants_a_newer_numpy():
    made = raised("ValueError", SIZES.format(96, 88), "sklearn", "import sklearn")
    found = first(made, FakeNamespace(versions={"numpy": "1.26.4", "scikit-learn": "1.7.0"}))
    assert [installs(fix) for fix in found.fixes] == [["numpy>=2"]]


@pytest.mark.parametrize(
    ("error", "message"),
    [
        ("AttributeError", "_ARRAY_API not found"),
        ("ImportError", "numpy.core.multiarray failed to import"),
        ("RuntimeError", "module was compiled against NumPy C-API version 0x10 but the running NumPy has C-API 0xf"),
    ],
)
def test_other_words_for_the_same(error, message):
    assert first(raised(error, message, "oddlib")).kind == "binary_mismatch"


def test_a_symbol_that_is_missing_is_traced_to_the_version_that_is_asked_for(monkeypatch):
    monkeypatch.setattr(environment, "unmet", lambda _: [Requirement("torch", "==2.1.0")])
    message = "/env/lib/python3.11/site-packages/torchvision/_C.so: undefined symbol: _ZN3c106detail"
    found = first(raised("ImportError", message), FakeNamespace(versions={"torchvision": "0.16.0", "torch": "2.4.0"}))
    assert found.headline == "The compiled part of `torchvision` was built for `torch==2.1.0`; 2.4.0 is installed."
    assert installs(found.fixes[0]) == ["torch==2.1.0"]


@pytest.mark.parametrize(
    ("message", "kind"),
    [
        ("/lib/x86_64-linux-gnu/libstdc++.so.6: version `GLIBCXX_3.4.32' not found (required by _C.so)", "old_system"),
        ("x.so: wrong ELF class: ELFCLASS32", "wrong_architecture"),
        (
            "dlopen(x.so): mach-o file, but is an incompatible architecture (have 'x86_64', need 'arm64')",
            "wrong_architecture",
        ),
        ("DLL load failed while importing _ufuncs: The specified module could not be found.", "dll_load_failed"),
    ],
)
def test_what_a_system_cannot_load_is_told(message, kind):
    found = first(raised("ImportError", message))
    assert found.kind == kind
    assert found.fixes == []


def test_an_ordinary_error_is_none_of_these():
    kinds = {"missing_system_library", "missing_program", "binary_mismatch", "old_system", "wrong_architecture"}
    for error, message in (
        ("ValueError", "could not find the column"),
        ("OSError", "Could not find libraries of books"),
    ):
        assert not kinds & {found.kind for found in diagnose(raised(error, message), FakeNamespace())}


def test_tables_name_distributions_that_are_known():
    for row in tables.rows("system_libraries"):
        assert not row["instead"] or packages.normal(row["instead"]) in packages.known_distributions() | ALSO, row
    programs = {row["program"] for row in tables.rows("programs")}
    for row in tables.load("program_messages"):
        assert row["source"].startswith("https://"), row
        pattern = re.compile(row["pattern"])
        assert (row["program"] in programs) if "program" in row else pattern.groups == 1, row


#: Distributions that bring along what another one of the same module needs of the system.
ALSO = {"opencv-python-headless", "pyvips-binary", "openslide-bin"}
