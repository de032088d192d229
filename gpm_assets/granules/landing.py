"""Landing a month of granules: every offer made or found, verified, put in place or quarantined; the manifest comes last."""

from __future__ import annotations

import hashlib
import json
import multiprocessing
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from gpm_assets.errors import GpmAssetsError, GranuleError, ProvenanceError, RequestError
from gpm_assets.granules.manifest import (
    MANIFEST,
    Manifest,
    Quarantined,
    Row,
    read_manifest,
    row_from_json,
    row_to_json,
    write_manifest,
)
from gpm_assets.granules.names import safe_name
from gpm_assets.granules.sources import Offer, Source
from gpm_assets.granules.verification import verify

__all__ = ["Manifest", "land", "read_manifest", "verify"]

JOURNAL = "landing.jsonl"
"""Rows landed so far, one a line, while the manifest is not yet written: a landing that was interrupted goes on there."""
QUARANTINE = "quarantine"

Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class _Request:
    product: str
    month: str
    world: str
    folder: Path


def land(
    source: Source,
    product: str,
    month: str,
    folder: Path,
    *,
    workers: int = 1,
    progress: Progress | None = None,
    replace: bool = False,
) -> Manifest:
    """Land every file that the source offers for the product (`F16_SSMIS`, `GPM_DPR`) and month (`YYYY-MM`).

    A file that cannot be made, read or does not belong here is quarantined and the others land. What has landed with the
    same key is not made again. `workers` above 1 makes files in spawned processes; `progress(done, total)` is told at the
    start and after every file. Raises ProvenanceError where the month came from another source or world, unless `replace`.
    """
    request = _Request(product, month, source.world, folder)
    folder.mkdir(parents=True, exist_ok=True)
    landed = _landed(source, request, replace)
    offers, repeated = _distinct(source.offers(product, month))
    rows = {offer.name: landed[offer.name] for offer in offers if _reusable(landed.get(offer.name), offer, folder)}
    fresh = [offer for offer in offers if offer.name not in rows]
    bad = list(repeated)
    tell = progress or (lambda done, total: None)
    tell(len(rows), len(offers))
    for done, result in enumerate(_results(fresh, request, workers), len(rows) + 1):
        if isinstance(result, Row):
            rows[result.file] = result
            _append(folder / JOURNAL, result)
        else:
            bad.append(result)
        tell(done, len(offers))
    manifest = Manifest(
        source=source.name,
        world=source.world,
        product=product,
        month=month,
        folder=folder,
        rows=tuple(sorted(rows.values(), key=lambda row: (row.start, row.file))),
        quarantined=tuple(sorted(bad, key=lambda entry: entry.file)),
    )
    write_manifest(manifest)
    (folder / JOURNAL).unlink(missing_ok=True)
    return manifest


def _landed(source: Source, request: _Request, replace: bool) -> dict[str, Row]:
    """Rows that an earlier landing left, by file name; those of the journal are the newer ones."""
    rows: list[Row] = []
    if (request.folder / MANIFEST).exists():
        before = read_manifest(request.folder)
        if (before.product, before.month) != (request.product, request.month):
            raise RequestError(
                f"{request.folder} holds {before.product} of {before.month}, asked for {request.product} of {request.month}"
            )
        if (before.source, before.world) == (source.name, source.world):
            rows += before.rows
        elif not replace:
            raise ProvenanceError(
                f"{request.product} of {request.month} came from source {before.source} ({before.world}), "
                f"now offered by {source.name} ({source.world}); ask for --replace to take the new one"
            )
    rows += _journal(request.folder / JOURNAL)
    return {row.file: row for row in rows}


def _journal(path: Path) -> Iterator[Row]:
    if not path.exists():
        return
    for line in path.read_text(encoding="utf-8").splitlines():
        with suppress(ValueError, KeyError, TypeError):  # the last line may be half written; its file is made again
            yield row_from_json(json.loads(line))


def _append(path: Path, row: Row) -> None:
    with path.open("a", encoding="utf-8") as stream:
        stream.write(json.dumps(row_to_json(row), ensure_ascii=False) + "\n")


def _distinct(offers: Iterable[Offer]) -> tuple[list[Offer], list[Quarantined]]:
    seen: dict[str, Offer] = {}
    repeated = []
    for offer in offers:
        if offer.name in seen:
            repeated.append(Quarantined(offer.name, f"offered twice; the other is {seen[offer.name].path or 'made'}"))
        else:
            seen[offer.name] = offer
    return list(seen.values()), repeated


def _reusable(row: Row | None, offer: Offer, folder: Path) -> bool:
    if row is None or row.key != offer.key:
        return False
    path = folder / row.path
    if offer.path is not None and path != offer.path:
        return False
    return path.is_file() and path.stat().st_size == row.size


def _results(offers: Sequence[Offer], request: _Request, workers: int) -> Iterator[Row | Quarantined]:
    if workers <= 1 or len(offers) <= 1:
        yield from (_land_one(offer, request) for offer in offers)
        return
    # spawn: threads and GPU contexts of the parent do not survive a fork
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(min(workers, len(offers)), mp_context=context) as pool:
        futures = [pool.submit(_land_one, offer, request) for offer in offers]
        try:
            for future in as_completed(futures):
                yield future.result()
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def _land_one(offer: Offer, request: _Request) -> Row | Quarantined:
    try:
        return _in_place(offer, offer.path, request) if offer.path is not None else _made(offer, request)
    except (GpmAssetsError, OSError) as error:
        return Quarantined(offer.name, str(error))


def _in_place(offer: Offer, path: Path, request: _Request) -> Row:
    return _row(offer, path, str(path), request)


def _made(offer: Offer, request: _Request) -> Row:
    name = safe_name(offer.name)
    temporary = request.folder / f".{name}.{os.getpid()}.part"
    assert offer.make is not None
    try:
        offer.make(temporary)
        try:
            row = _row(offer, temporary, name, request)
        except GranuleError:
            target = request.folder / QUARANTINE / name
            target.parent.mkdir(exist_ok=True)
            temporary.replace(target)
            raise
        temporary.replace(request.folder / name)
        return row
    finally:
        temporary.unlink(missing_ok=True)


def _row(offer: Offer, path: Path, stored: str, request: _Request) -> Row:
    verified = verify(path, request.product)
    granule = verified.granule
    if granule.month != request.month:
        raise GranuleError(f"{offer.name}: starts at {granule.start}, asked was the month {request.month}")
    if granule.simulated != (request.world != "real"):
        origin = "simulated" if granule.simulated else "real"
        raise GranuleError(f"{offer.name}: its header says that it is {origin}, the source serves the {request.world} world")
    with path.open("rb") as stream:
        digest = hashlib.file_digest(stream, "sha256").hexdigest()
    return Row(
        file=offer.name,
        path=stored,
        key=offer.key,
        number=granule.number,
        start=granule.start,
        stop=granule.stop,
        version=granule.version,
        size=path.stat().st_size,
        sha256=digest,
        valid_fraction=verified.valid_fraction,
        counts=verified.counts,
    )
