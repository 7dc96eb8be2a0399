"""Looking for a reason imports nothing: a library that the user has not imported stays out of the kernel."""

from __future__ import annotations

import json
import subprocess
import sys

from nbdoctor.rules import kinds

SCRIPT = """
import contextlib, io, json, os, sys, tempfile
from IPython.core.interactiveshell import InteractiveShell
from traitlets.config import Config

config = Config()
config.HistoryManager.enabled = False
shell = InteractiveShell(config=config)
from nbdoctor.kernel import extension
extension.load(shell)
os.chdir(tempfile.mkdtemp())
cells = json.load(sys.stdin)
# What IPython itself imports to show its first error.
with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
    shell.run_cell("1 / 0")
    before = {name.partition(".")[0] for name in sys.modules}
    asked = []
    for cell in cells:
        shell.run_cell(cell)
        asked += [finding.kind for finding in extension.loaded(shell).watch.latest().findings[:1]]
after = {name.partition(".")[0] for name in sys.modules} - before
print(json.dumps([asked, sorted(after - set(sys.stdlib_module_names) - {"jedi", "parso"})]))
"""

#: Cells that bring libraries to a rule's mind, none of which they import.
CELLS = [
    "pd.DataFrame()",
    "np.NaN",
    "plt.plot([1])",
    "DataFrame()",
    "sns.heatmap()",
    "train_test_split([1])",
    "Math.cos(0)",
    "import panda",
    "from collections import Mapping",
    "requests.get('x')",
    "open('data.csv')",
    "ray.init()",
    "sparse.csr_matrix([1])",
]


def test_no_rule_imports_a_library_that_the_user_has_not_imported():
    examples = [kinds.kind(name).example for name in kinds.known()]
    alone = [e.cell for e in examples if e.cell and not (e.cells or e.files or e.error) and "import" not in e.cell]
    cells = CELLS + alone[:60]
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", SCRIPT],
        input=json.dumps(cells),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    asked, imported = json.loads(done.stdout.splitlines()[-1])
    assert imported == []
    assert len(asked) > len(cells) / 2
