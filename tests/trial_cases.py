"""What ``make trials-table`` runs: a use of each library in a kernel, in a trial, and in the kernel again."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Case:
    """``before`` runs in the kernel, ``trial`` in a copy of it, ``after`` in the kernel again; each asserts that what it
    computes is right. ``distribution`` has the version that is printed; empty for what Python itself has."""

    name: str
    distribution: str
    before: str
    trial: str
    after: str


NUMPY = Case(
    "numpy: products of matrices, old and new",
    "numpy",
    """
import numpy as np
a = np.random.default_rng(0).random((1200, 1200))
product = a @ a
""",
    """
assert np.allclose(a @ a, product)
b = np.random.default_rng(1).random((300, 300))
u, s, v = np.linalg.svd(b)
assert np.allclose(u * s @ v, b)
""",
    "assert np.allclose(a @ a, product)",
)
PANDAS = Case(
    "pandas: group, join, sort",
    "pandas",
    """
import numpy as np, pandas as pd
table = pd.DataFrame({"key": np.arange(500_000) % 7, "text": ["a", "b"] * 250_000, "value": 1.0})
sums = table.groupby("key")["value"].sum()
""",
    """
assert table.groupby("key")["value"].sum().equals(sums)
new = pd.DataFrame({"key": range(7), "name": list("abcdefg")})
joined = table.merge(new).sort_values("value")
assert len(joined) == 500_000 and joined["text"].str.upper().nunique() == 2
""",
    'assert table.groupby("key")["value"].sum().equals(sums)',
)
POLARS = Case(
    "polars: group a table",
    "polars",
    """
import polars as pl
table = pl.DataFrame({"key": [n % 7 for n in range(500_000)], "value": 1.0})
sums = table.group_by("key").agg(pl.col("value").sum()).sort("key")
""",
    """
assert table.group_by("key").agg(pl.col("value").sum()).sort("key").equals(sums)
assert pl.DataFrame({"x": range(100_000)}).lazy().filter(pl.col("x") > 5).collect().height == 99_994
""",
    'assert table.group_by("key").agg(pl.col("value").sum()).sort("key").equals(sums)',
)
PYARROW = Case(
    "pyarrow: group a table, read a Parquet file",
    "pyarrow",
    """
import pyarrow as pa, pyarrow.compute as pc, pyarrow.parquet as pq
table = pa.table({"key": [n % 7 for n in range(500_000)], "value": [1.0] * 500_000})
sums = table.group_by("key").aggregate([("value", "sum")]).sort_by("key")
pq.write_table(table, "table.parquet")
assert pq.read_table("table.parquet").equals(table)
""",
    """
assert table.group_by("key").aggregate([("value", "sum")]).sort_by("key").equals(sums)
assert pq.read_table("table.parquet").equals(table)
assert pc.sum(pa.array(range(1000))).as_py() == 499_500
""",
    'assert pq.read_table("table.parquet").group_by("key").aggregate([("value", "sum")]).sort_by("key").equals(sums)',
)
DUCKDB = Case(
    "duckdb: query a table in memory",
    "duckdb",
    """
import duckdb
connection = duckdb.connect()
connection.execute("create table t as select range % 7 as key, 1.0 as value from range(2000000)")
query = "select key, sum(value) from t group by key order by key"
sums = connection.execute(query).fetchall()
""",
    """
assert connection.execute(query).fetchall() == sums
assert duckdb.connect().execute("select count(*) from range(1000000) where range % 3 = 0").fetchone() == (333_334,)
""",
    "assert connection.execute(query).fetchall() == sums",
)
_GRADIENT_BOOSTING = """
import numpy as np
from sklearn.ensemble import HistGradientBoostingClassifier
x = np.random.default_rng(0).random((20_000, 10))
y = x[:, 0] > 0.5
model = HistGradientBoostingClassifier(max_iter=10).fit(x, y)
assert model.score(x, y) > 0.99
"""
_BOOST_AGAIN = """
assert model.score(x, y) > 0.99
assert HistGradientBoostingClassifier(max_iter=10).fit(x, y).score(x, y) > 0.99
"""
SKLEARN = Case("scikit-learn: gradient boosting", "scikit-learn", _GRADIENT_BOOSTING, _BOOST_AGAIN, _BOOST_AGAIN)
SKLEARN_ALONE = Case(
    "scikit-learn: the same, without threadpoolctl",
    "scikit-learn",
    _GRADIENT_BOOSTING + 'import sys\nsys.modules["threadpoolctl"] = None',
    _BOOST_AGAIN,
    _BOOST_AGAIN,
)
_SEARCH = """
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
import numpy as np
x = np.random.default_rng(0).random((2000, 5))
y = x[:, 0] > 0.5
def search():
    return GridSearchCV(LogisticRegression(), {"C": [1.0, 10.0]}, cv=2, n_jobs=2).fit(x, y).best_score_
assert search() > 0.9
"""
JOBLIB = Case(
    "scikit-learn: a search in two processes (joblib)",
    "joblib",
    _SEARCH,
    "assert search() > 0.9",
    "assert search() > 0.9",
)
LIGHTGBM = Case(
    "lightgbm: fit and predict",
    "lightgbm",
    """
import numpy as np, lightgbm
x = np.random.default_rng(0).random((20_000, 10))
y = x[:, 0] > 0.5
model = lightgbm.LGBMClassifier(n_estimators=10, verbose=-1).fit(x, y)
said = model.predict(x)
""",
    """
assert (model.predict(x) == said).all()
assert (lightgbm.LGBMClassifier(n_estimators=10, verbose=-1).fit(x, y).predict(x) == y).mean() > 0.99
""",
    "assert (lightgbm.LGBMClassifier(n_estimators=10, verbose=-1).fit(x, y).predict(x) == y).mean() > 0.99",
)
_TRAIN = """
def train(layer, steps=5):
    optimizer = torch.optim.SGD(layer.parameters(), lr=0.1)
    data = torch.ones(64, 512)
    losses = []
    for _ in range(steps):
        optimizer.zero_grad()
        loss = ((layer(data) - 1) ** 2).mean()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    assert losses[-1] < losses[0]
"""
TORCH = Case(
    "torch on the CPU: products, training",
    "torch",
    f"""
import torch
a = torch.rand(1200, 1200)
product = a @ a
{_TRAIN}
model = torch.nn.Linear(512, 512)
train(model)
""",
    """
assert torch.allclose(a @ a, product)
train(model)
train(torch.nn.Linear(512, 64))
""",
    "assert torch.allclose(a @ a, product)\ntrain(model)",
)
TORCH_LOADER = Case(
    "torch on the CPU: a DataLoader with a worker process",
    "torch",
    """
import torch
data = torch.utils.data.TensorDataset(torch.arange(64.0))
def load():
    loader = torch.utils.data.DataLoader(data, batch_size=8, num_workers=1)
    return sum(batch.sum().item() for batch, in loader)
assert load() == 2016
""",
    "assert load() == 2016",
    "assert load() == 2016",
)
MATPLOTLIB = Case(
    "matplotlib: draw, show, save",
    "matplotlib",
    """
%matplotlib inline
import io
import matplotlib.pyplot as plt
figure, axes = plt.subplots()
axes.plot([1, 2, 3])
plt.show()
""",
    """
axes.plot([3, 2, 1])
figure.savefig(io.BytesIO())
plt.hist([1, 2, 2])
plt.show()
plt.figure().savefig("figure.png")
""",
    "figure.savefig(io.BytesIO())\nplt.plot([1])\nplt.show()",
)
PLOTLY = Case(
    "plotly: a figure as HTML",
    "plotly",
    """
import plotly.graph_objects as go, plotly.express as px
figure = go.Figure(go.Scatter(y=[1, 2, 3]))
html = figure.to_html(div_id="x")
""",
    """
assert figure.to_html(div_id="x") == html
assert "scatter" in px.scatter(x=[1, 2], y=[3, 4]).to_html()
""",
    'assert figure.to_html(div_id="x") == html',
)
_ENGINE = """
import sqlalchemy as sa
engine = sa.create_engine("sqlite:///sales.db")
with engine.begin() as connection:
    connection.execute(sa.text("create table sales (amount integer)"))
    connection.execute(sa.text("insert into sales values (1), (2)"))
def total():
    with engine.connect() as connection:
        return connection.execute(sa.text("select sum(amount) from sales")).scalar()
assert total() == 3
"""
SQLITE = Case(
    "sqlalchemy with sqlite: an engine of the cell's own inserts and selects",
    "sqlalchemy",
    _ENGINE,
    """
with sa.create_engine("sqlite:///sales.db").begin() as connection:
    connection.execute(sa.text("insert into sales values (10)"))
    assert connection.execute(sa.text("select sum(amount) from sales")).scalar() == 13
""",
    "assert total() == 3",
)
SQLITE_OPEN = Case(
    "sqlalchemy with sqlite: an engine that has connections open",
    "sqlalchemy",
    _ENGINE,
    "assert total() == 3",
    "assert total() == 3",
)
H5PY = Case(
    "h5py: open a file and read it",
    "h5py",
    """
import h5py, numpy as np
with h5py.File("data.h5", "w") as file:
    file["x"] = np.arange(100_000)
""",
    """
with h5py.File("data.h5") as file:
    assert file["x"][:].sum() == 4_999_950_000
""",
    'with h5py.File("data.h5") as file:\n    assert file["x"][:].sum() == 4_999_950_000',
)
H5PY_OPEN = Case(
    "h5py: read a file that the kernel has open",
    "h5py",
    H5PY.before + 'held = h5py.File("data.h5")',
    'assert held["x"][:].sum() == 4_999_950_000',
    'assert held["x"][:].sum() == 4_999_950_000',
)
REQUESTS = Case(
    "requests: a page of a local server",
    "requests",
    """
import requests
session = requests.Session()
assert session.get("{server}").text == "a page"
""",
    """
assert session.get("{server}").text == "a page"
""",
    'assert session.get("{server}").text == "a page"\nassert requests.get("{server}").text == "a page"',
)
RAY = Case(
    "ray: a local cluster",
    "ray",
    """
import ray
ray.init(num_cpus=1, include_dashboard=False, object_store_memory=80_000_000, logging_level="error", log_to_driver=False)
@ray.remote
def double(x):
    return 2 * x
assert ray.get(double.remote(2)) == 4
""",
    "assert ray.get(double.remote(3)) == 6",
    "assert ray.get(double.remote(4)) == 8\nray.shutdown()",
)
RAY_UNUSED = Case(
    "ray: the cluster is there, the cell computes without it",
    "ray",
    RAY.before,
    "assert sum(range(1000)) == 499_500",
    "assert ray.get(double.remote(4)) == 8\nray.shutdown()",
)
_TICKING = """
import asyncio
ticks = 0
async def tick():
    global ticks
    while True:
        ticks += 1
        await asyncio.sleep(0.01)
task = asyncio.create_task(tick())
"""
_STILL_TICKING = """
before = ticks
await asyncio.sleep(0.3)
assert ticks > before and not task.done()
"""
TASKS = Case(
    "an asyncio task runs, the cell awaits one of its own",
    "",
    _TICKING,
    """
async def answer():
    await asyncio.sleep(0.05)
    return 42
assert await asyncio.create_task(answer()) == 42
""",
    _STILL_TICKING,
)
TASKS_AWAITED = Case(
    "an asyncio task runs, and the cell awaits it",
    "",
    _TICKING,
    "await task",
    _STILL_TICKING,
)
TASKS_TIMED = Case(
    "an asyncio task runs, and the cell awaits it with a time limit",
    "",
    _TICKING,
    "await asyncio.wait_for(task, 1)",
    _STILL_TICKING,
)
TASKS_NEEDED = Case(
    "an asyncio task runs, and the cell needs what it does",
    "",
    _TICKING,
    _STILL_TICKING,
    _STILL_TICKING,
)
_THREAD = """
import threading, time, queue
from concurrent.futures import ThreadPoolExecutor
ticks, asked, answered = 0, queue.Queue(), queue.Queue()
def work():
    global ticks
    while True:
        ticks += 1
        try:
            answered.put(asked.get(timeout=0.01) + 1)
        except queue.Empty:
            pass
thread = threading.Thread(target=work, daemon=True)
thread.start()
"""
_STILL_RUNNING = """
asked.put(1)
assert answered.get(timeout=5) == 2
before = ticks
time.sleep(0.3)
assert ticks > before
"""
THREADS = Case(
    "a thread runs, the cell starts others",
    "",
    _THREAD,
    """
with ThreadPoolExecutor(2) as pool:
    assert list(pool.map(abs, [-1, -2])) == [1, 2]
""",
    _STILL_RUNNING,
)
THREADS_ASKED = Case(
    "a thread runs, and the cell waits for it",
    "",
    _THREAD,
    "asked.put(1)\nassert answered.get() == 2",
    _STILL_RUNNING,
)
THREADS_FAIL = Case(
    "a thread runs, and the cell fails",
    "",
    _THREAD,
    "1 / 0",
    _STILL_RUNNING,
)
CUDA = Case(
    "torch that has initialised CUDA (imitated)",
    "",
    """
import sys, types
torch = types.ModuleType("torch")
torch.cuda = types.SimpleNamespace(is_initialized=lambda: True)
sys.modules["torch"] = torch
""",
    "1 + 1",
    "1 + 1",
)

CASES = [case for case in list(globals().values()) if isinstance(case, Case)]
