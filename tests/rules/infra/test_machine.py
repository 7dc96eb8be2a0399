import pytest

from nbdoctor.rules.infra import machine


@pytest.mark.parametrize(
    ("number", "text"),
    [(5, "5 B"), (2048, "2 KiB"), (3 * 1024**2, "3 MiB"), (1.5 * 1024**3, "1.5 GiB"), (2**80, "1.05e+06 EiB")],
)
def test_sizes_in_words(number, text):
    assert machine.size(number) == text


@pytest.mark.parametrize(
    ("text", "number"),
    [("2 GiB", 2 * 1024**3), ("12 bytes", 12), ("1,024 bytes", 1024), ("800. MiB", 800 * 1024**2), ("much", 0)],
)
def test_words_as_sizes(text, number):
    assert machine.bytes_of(text) == number


@pytest.fixture()
def root(tmp_path):
    def write(**files):
        for name, text in files.items():
            path = tmp_path / name.replace("__", "/").replace("_DOT_", ".")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        return str(tmp_path)

    return write


MEMORY = "MemTotal:       8388608 kB\nMemFree: 1 kB\nMemAvailable:   4194304 kB\n"


def test_the_machine_s_memory(root):
    here = root(proc__meminfo=MEMORY)
    assert machine.memory_limit(here) == (8 * 1024**3, "the machine")
    assert machine.memory_left(here) == 4 * 1024**3


def test_a_container_allows_less(root):
    here = root(
        proc__meminfo=MEMORY,
        proc__self__cgroup="0::/user/me\n",
        sys__fs__cgroup__user__memory_DOT_max="2147483648\n",
        sys__fs__cgroup__user__memory_DOT_current="1073741824\n",
        sys__fs__cgroup__user__me__memory_DOT_max="max\n",
    )
    assert machine.memory_limit(here) == (2 * 1024**3, "its container")
    assert machine.memory_left(here) == 1024**3


def test_a_container_of_old(root):
    here = root(
        proc__meminfo=MEMORY,
        proc__self__cgroup="4:memory:/docker/a\n3:cpu:/docker/a\n",
        sys__fs__cgroup__memory__memory_DOT_limit_in_bytes="1073741824\n",
        sys__fs__cgroup__memory__memory_DOT_usage_in_bytes="1000\n",
    )
    assert machine.memory_limit(here) == (1024**3, "its container")


def test_nothing_to_read(tmp_path):
    assert machine.memory_limit(str(tmp_path)) is None
    assert machine.memory_left(str(tmp_path)) is None
    assert machine.has_way_out(str(tmp_path)) is None


def test_a_way_out(root):
    head = "Iface Destination Gateway Flags RefCnt Use Metric Mask MTU Window IRTT\n"
    local = "eth0 0011A8C0 00000000 0001 0 0 0 00FFFFFF 0 0 0\n"
    assert machine.has_way_out(root(proc__net__route=head + local)) is False
    assert machine.has_way_out(
        root(proc__net__route=head + local + "eth0 00000000 0111A8C0 0003 0 0 0 00000000 0 0 0\n")
    )


def test_a_disk_of_a_path_that_is_not_there(tmp_path):
    folder, free, total = machine.disk(str(tmp_path / "no" / "such.csv"))
    assert folder == str(tmp_path)
    assert 0 <= free <= total


def test_an_owner(tmp_path):
    tmp_path.chmod(0o750)
    assert machine.owner(str(tmp_path)).endswith(" (drwxr-x---)")
    assert machine.owner(str(tmp_path / "no")) == ""


def test_proxies_are_named_and_no_more():
    assert machine.proxies({"HTTPS_PROXY": "http://a:b@c", "no_proxy": "x", "http_proxy": ""}) == ["HTTPS_PROXY"]
