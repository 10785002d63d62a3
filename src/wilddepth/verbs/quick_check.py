"""The quick look at a source before something is learned from it."""

import logging
from collections.abc import Iterator
from contextlib import suppress

from wilddepth.checks.quick import quick_look, spread_evenly
from wilddepth.checks.rules import rows_text, swapped_text
from wilddepth.errors import SampleError
from wilddepth.sample import Sample
from wilddepth.sources.source import Source
from wilddepth.verbs.doctor_mend import rectify_command, source_words, swap_command

logger = logging.getLogger(__name__)


def check_quickly(
    scenes: Source, source: str, *, split: str | None = None, force: bool = False, skip_failed: bool = False
) -> None:
    """Look at a few pairs of a source; rendered pairs are right by construction.

    Swapped views are warned about, with the evidence: cameras that are turned towards each other look the same.

    Args:
        scenes: what would be learned from.
        source: the words that named it.
        split: the part of it.
        force: only warn about rows that do not match.
        skip_failed: pass over pairs that cannot be read.

    Raises:
        SampleError: for rows that do not match, with how far they are apart.
        MissingView: for a scene without a right view.
    """
    if scenes.layout == "world":
        return
    seen = quick_look(looked_at(scenes, skip_failed=skip_failed))
    if seen.swapped is not None:
        logger.warning("%s: %s; to exchange them: %s", scenes.text, swapped_text(seen.swapped), swap_command(scenes))
    if seen.misaligned is None:
        return
    told = f"{scenes.text}: {rows_text(seen.misaligned)}, so the pairs are not rectified"
    words = source_words(source, split)
    if not force:
        raise SampleError(
            f"{told}; run {rectify_command(words)}, look closer with wilddepth doctor {words}, "
            "or give --force to learn from them as they are"
        )
    logger.warning("%s; they are learned from as they are", told)


def looked_at(scenes: Source, *, skip_failed: bool) -> Iterator[Sample]:
    """A few pairs, evenly spread."""
    for index in spread_evenly(len(scenes)):
        with suppress(*([SampleError] if skip_failed else [])):
            sample = scenes[index].sample
            sample.stereo()
            yield sample
