"""Tables of scores on disk that grow overpass by overpass: Parquet, so that a month of a constellation never lies in memory."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pandas import DataFrame

RUN = ("method", "version", "seed")
"""What made a row: versions are counted by registered model, so retrievals of several models have equal ones."""
Run = tuple[str, int, int]


class Ledger:
    """Parquet files `<table>.parquet` in a folder, each frame a row group; closed at the end of a `with`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._writers: dict[str, Any] = {}

    def add(self, name: str, frames: Sequence[DataFrame]) -> None:
        """Append rows to a table; all frames of a table have the same columns."""
        import pandas
        import pyarrow
        from pyarrow import parquet

        if not frames:
            return
        rows = pandas.concat(frames, ignore_index=True)
        writer = self._writers.get(name)
        schema = writer.schema if writer else pyarrow.Schema.from_pandas(rows, preserve_index=False)
        table = pyarrow.Table.from_pandas(rows, schema=schema, preserve_index=False)
        if writer is None:
            writer = self._writers[name] = parquet.ParquetWriter(
                self.folder / f"{name}.parquet", table.schema, compression="zstd"
            )
        writer.write_table(table)

    def keep(self, before: Path, made_by: Collection[Run]) -> None:
        """Append the rows of some runs of an earlier ledger's tables, a row group at a time."""
        from pyarrow import parquet

        for path in sorted(before.glob("*.parquet")):
            file = parquet.ParquetFile(path)
            for number in range(file.num_row_groups):
                rows = file.read_row_group(number).to_pandas()
                kept = [run in made_by for run in rows[list(RUN)].itertuples(index=False, name=None)]
                if any(kept):
                    self.add(path.stem, [rows[kept]])

    def __enter__(self) -> Ledger:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        for writer in self._writers.values():
            writer.close()


def runs(folder: Path, name: str) -> set[Run]:
    """Runs that a ledger's table has rows of; none where there is no such table."""
    import pandas

    path = folder / f"{name}.parquet"
    if not path.exists():
        return set()
    return set(pandas.read_parquet(path, columns=list(RUN)).itertuples(index=False, name=None))


def read(folders: Iterable[Path], name: str, filters: Any = None) -> DataFrame:
    """Rows of a table of several ledgers together, those that pass `filters` of pyarrow; none make an empty frame."""
    import pandas

    paths = [path for folder in folders if (path := folder / f"{name}.parquet").exists()]
    frames = [frame for path in paths if len(frame := pandas.read_parquet(path, filters=filters))]
    return pandas.concat(frames, ignore_index=True) if frames else pandas.DataFrame()


def keyed(frame: DataFrame, keys: Mapping[str, Any]) -> DataFrame:
    """A frame with columns of keys before its own."""
    import pandas

    return pandas.concat([pandas.DataFrame([dict(keys)] * len(frame), index=frame.index), frame], axis=1)
