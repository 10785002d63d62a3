"""Opens any source by its name."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from wilddepth.errors import ConfigError
from wilddepth.sources import video
from wilddepth.sources.folder import file_pair_source, folder_source, pattern_source
from wilddepth.sources.grammar import SourceSpec, parse
from wilddepth.sources.moving import side_by_side_source, video_pair_source, video_source
from wilddepth.sources.source import Source
from wilddepth.sources.world import WorldSource


def open_source(
    text: str,
    *,
    layout: str | None = "auto",
    split: str | None = None,
    limit: int | None = None,
    size: tuple[int, int] | None = None,
    with_truth: bool = True,
    neighbours: Sequence[int] = (),
    with_poses: bool = False,
) -> Source:
    """The scenes that the words name (see `grammar`). Nothing is decoded or rendered before a scene is asked for.

    Args:
        text: the words.
        layout: how a folder is laid out; "auto" or None = look at it.
        split: the part of a folder; see `folder_source`.
        limit: at most so many scenes, the first ones.
        size: rows and columns to render; only for worlds.
        with_truth: whether the truth of files is read; without, its files are never opened.
        neighbours: frame offsets (-1 = the frame before) whose pictures samples bring along, where they are there: of
            sequences, videos and clips of worlds only.
        with_poses: also bring the known transforms to them; some data sets score with those, so this is a choice.

    Raises:
        ConfigError: for words outside the grammar, an option that this kind of source does not have, an unknown layout,
            split or world, and for cameras and streams, which this version does not read.
        SampleError: for a folder that is missing, empty, of no known layout, or with a pair that lacks a view.
    """
    if limit is not None and limit < 1:
        raise ConfigError(f"a limit of {limit} leaves no scene; give at least 1")
    spec = parse(text)
    _check_options(spec, layout or "auto", split, size)
    _check_neighbours(spec, neighbours, with_poses)
    match spec.kind:
        case "world":
            return _world(spec, limit, size, neighbours, with_poses)
        case "image-pair":
            return file_pair_source(text, *spec.paths)
        case "pattern-pair":
            return pattern_source(text, *map(str, spec.paths), limit=limit, neighbours=neighbours)
        case "path" if not _is_video_file(spec.paths[0]):
            return folder_source(
                text,
                spec.paths[0],
                layout=layout or "auto",
                split=split,
                limit=limit,
                with_truth=with_truth,
                neighbours=neighbours,
                with_poses=with_poses,
            )
    return _moving(spec, limit, neighbours)


def _moving(spec: SourceSpec, limit: int | None, neighbours: Sequence[int]) -> Source:
    """Videos; `ConfigError` for cameras and streams."""
    match spec.kind:
        case "path":
            return video_source(spec.text, *spec.paths, limit=limit, neighbours=neighbours)
        case "video-pair":
            return video_pair_source(spec.text, *spec.paths, limit=limit, neighbours=neighbours)
        case "side-by-side":
            return side_by_side_source(spec.text, *spec.paths, limit=limit, neighbours=neighbours)
    raise video.refusal(spec)


def _check_neighbours(spec: SourceSpec, neighbours: Sequence[int], with_poses: bool) -> None:
    """Neighbours are asked for where there is a sequence."""
    if 0 in neighbours:
        raise ConfigError("a neighbour at offset 0 is the picture itself; ask for others, such as -1 and 1")
    still = spec.kind == "image-pair" or (spec.world is not None and spec.world.clip == 1)
    if neighbours and still and spec.world is not None:
        raise ConfigError(f"every frame of {spec.text} is another scene; give it clips of neighbours with clip=10")
    if neighbours and still:
        raise ConfigError(f"{spec.text} is no sequence, so its scenes have no neighbours; name a data set or a video")
    if with_poses and not neighbours:
        raise ConfigError("poses are transforms to neighbours; say which ones")


def _check_options(spec: SourceSpec, layout: str, split: str | None, size: tuple[int, int] | None) -> None:
    """Options that would be passed over silently are refused."""
    if size is not None and spec.kind != "world":
        raise ConfigError(f"{spec.text} is read at its own size; a size can be given for worlds only")
    video_file = spec.kind == "path" and _is_video_file(spec.paths[0])
    if (spec.kind != "path" or video_file) and (layout != "auto" or split is not None):
        raise ConfigError(f"{spec.text} is no folder, so it has neither layout nor split; leave them out")


def _is_video_file(path: Path) -> bool:
    return path.is_file() and video.is_video(path)


def _world(
    spec: SourceSpec, limit: int | None, size: tuple[int, int] | None, neighbours: Sequence[int], with_poses: bool
) -> WorldSource:
    """Rendered pairs; a size given both ways must agree."""
    assert spec.world is not None  # `parse` gives one to this kind
    world = spec.world
    if size is not None:
        height, width = size
        if world.height not in (None, height) or world.width not in (None, width):
            raise ConfigError(f"{spec.text} names another size than {height}x{width}; give one of them")
        world = replace(world, height=height, width=width)
    return WorldSource(spec.text, world, limit=limit, neighbours=neighbours, with_poses=with_poses)
