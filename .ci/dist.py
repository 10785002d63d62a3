"""Builds the source distribution and the wheel: the same files give the same bytes with the same setuptools.

    python .ci/dist.py [--out DIR] [--no-isolation]

What git knows is copied away and built there, so nothing left over in the tree gets in. The source distribution is
packed anew without what differs between machines (owners, times, order), and the wheel is built from it. Times are
those of the last commit, or $SOURCE_DATE_EPOCH.
"""

import argparse
import gzip
import hashlib
import io
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
MOST_BYTES = 60_000_000
OLDEST = 315_532_800
"""1 January 1980: zip files know nothing before."""
LEFT_OVER = shutil.ignore_patterns(
    ".git", ".venv", "__pycache__", "*.egg-info", "dist", "build", "runs", ".*_cache", ".hypothesis"
)


def main() -> int:
    """Build both, say what they are, and refuse what is too large."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=ROOT / "dist")
    parser.add_argument("--no-isolation", action="store_true", help="use the setuptools that is installed")
    options = parser.parse_args()
    files = distributions(ROOT, options.out, isolated=not options.no_isolation)
    for path in files:
        print(f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path}  {path.stat().st_size / 1e6:.1f} MB")
    large = [path.name for path in files if path.stat().st_size > MOST_BYTES]
    if large:
        print(f"too large, more than {MOST_BYTES / 1e6:.0f} MB: {', '.join(large)}", file=sys.stderr)
    return 1 if large else 0


def distributions(root: Path, out: Path, *, isolated: bool) -> tuple[Path, Path]:
    """The source distribution and the wheel of a tree, in `out`."""
    epoch = source_date(root)
    with tempfile.TemporaryDirectory(prefix="wilddepth-dist-") as name, plain_files():
        work = Path(name)
        export(root, work / "tree")
        run_build("--sdist", work / "tree", work / "raw", epoch, isolated)
        (raw,) = (work / "raw").iterdir()
        source = work / raw.name
        repack(raw, source, epoch)
        with tarfile.open(source) as archive:
            archive.extractall(work / "unpacked", filter="data")
        (unpacked,) = (work / "unpacked").iterdir()
        run_build("--wheel", unpacked, work / "wheel", epoch, isolated)
        (wheel,) = (work / "wheel").iterdir()
        out.mkdir(parents=True, exist_ok=True)
        return place(source, out), place(wheel, out)


def source_date(root: Path) -> int:
    """Seconds since 1970 that every file is dated."""
    given = os.environ.get("SOURCE_DATE_EPOCH") or git(root, "log", "-1", "--format=%ct")
    return max(int(given), OLDEST) if given else OLDEST


def export(root: Path, target: Path) -> None:
    """Copy what belongs to the project: what git tracks or would, else all but what is known to be left over."""
    listed = git(root, "ls-files", "-z", "--cached", "--others", "--exclude-standard")
    if not listed:
        shutil.copytree(root, target, ignore=LEFT_OVER)
        return
    for name in listed.split("\0"):
        if name and (root / name).is_file():
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(root / name, target / name)


def git(root: Path, *words: str) -> str:
    """What git says; nothing where there is no git or this is no checkout of its own."""
    if not (root / ".git").exists():
        return ""
    try:
        done = subprocess.run(["git", "-C", str(root), *words], capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return ""
    return done.stdout.strip("\n")


@contextmanager
def plain_files() -> Iterator[None]:
    """New files are readable by everybody, whatever this user usually does."""
    before = os.umask(0o022)
    try:
        yield
    finally:
        os.umask(before)


def run_build(kind: str, tree: Path, out: Path, epoch: int, isolated: bool) -> None:
    """Call `build` in a process of its own, which no package of ours can confuse."""
    words = [sys.executable, "-m", "build", "--outdir", str(out), kind, str(tree)]
    words += [] if isolated else ["--no-isolation"]
    done = subprocess.run(
        words, cwd=out.parent, capture_output=True, text=True, env={**os.environ, "SOURCE_DATE_EPOCH": str(epoch)}
    )
    if done.returncode:
        raise SystemExit(f"{' '.join(words)} failed:\n{done.stdout}{done.stderr}")


def repack(source: Path, target: Path, epoch: int) -> None:
    """The same files in order of name, of one time, without owners."""
    packed = io.BytesIO()
    with tarfile.open(source) as old, tarfile.open(fileobj=packed, mode="w", format=tarfile.PAX_FORMAT) as new:
        for entry in sorted(old.getmembers(), key=lambda entry: entry.name):
            entry.mtime, entry.uid, entry.gid, entry.uname, entry.gname = epoch, 0, 0, "", ""
            entry.mode = 0o755 if entry.isdir() or entry.mode & 0o100 else 0o644
            entry.pax_headers = {}
            new.addfile(entry, old.extractfile(entry) if entry.isfile() else None)
    target.write_bytes(gzip.compress(packed.getvalue(), mtime=epoch))


def place(path: Path, out: Path) -> Path:
    """Put a file into `out`, over an earlier one."""
    target = out / path.name
    shutil.copyfile(path, target)
    return target


if __name__ == "__main__":
    sys.exit(main())
