"""Embree's own library, which the package embreex carries: sixteen rays at once, and prepared by one thread.

The package itself offers one ray at a time, which takes three times as long, and prepares scenes with as many threads
as there are processors, whoever else renders beside. What is declared here is the interface of Embree 4 (rtcore.h).
"""

import ctypes
import os
import weakref
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Any, no_type_check

import numpy as np
from llvmlite import ir
from numba import types
from numba.extending import intrinsic

from wilddepth.worlds.cast.kernel import inlined, kernel

RAYS = 16
FUNCTIONS = (
    "rtcNewDevice",
    "rtcNewScene",
    "rtcNewGeometry",
    "rtcSetNewGeometryBuffer",
    "rtcIntersect16",
    "rtcOccluded16",
)
TRIANGLES, INDICES, VERTICES = 0, 0, 1
"""Kind of geometry; kinds of buffers."""
UINT3, FLOAT3 = 0x5003, 0x9003
ROBUST = 1 << 2
COHERENT = 1 << 16
NOTHING = -1
ORIGIN, NEAR, DIRECTION, TIME, FAR, MASK, FLAGS, FACE, MESH, ROWS = 0, 3, 4, 7, 8, 9, 11, 17, 18, 24
"""Rows of 16 numbers in a packet of rays and hits."""


class Arguments(ctypes.Structure):
    """RTCIntersectArguments and RTCOccludedArguments; longer than they are, as later versions add fields."""

    _fields_ = (
        ("flags", ctypes.c_int),
        ("features", ctypes.c_uint),
        ("context", ctypes.c_void_p),
        ("filter", ctypes.c_void_p),
        ("intersect", ctypes.c_void_p),
        ("more", ctypes.c_uint64 * 8),
    )


def _places() -> Iterator[Path]:
    """Files that may be Embree's library, or that are linked to it."""
    from embreex import rtcore_scene

    here = Path(rtcore_scene.__file__)
    yield here
    for folder in (here.parent, here.parent.parent / "embreex.libs", here.parent / ".dylibs"):
        yield from sorted(folder.glob("*embree4*"))


@cache
def library() -> Any | None:
    """Embree with packets of rays, or None where this build of embreex does not let us reach it.

    Raises:
        ImportError: without the package embreex.
    """
    for place in _places():
        try:
            found = ctypes.CDLL(str(place))
            for name in FUNCTIONS:
                getattr(found, name).restype = ctypes.c_void_p
        except (OSError, AttributeError):
            continue
        return found
    return None


@cache
def _device(process: int) -> ctypes.c_void_p:
    """One device for each process: it does not outlive a fork."""
    return ctypes.c_void_p(_library().rtcNewDevice(b"threads=1,set_affinity=0"))


def _library() -> Any:
    found = library()
    if found is None:
        raise RuntimeError("Embree's library cannot be reached; ask library() first")
    return found


def _fill(geometry: ctypes.c_void_p, kind: int, layout: int, rows: np.ndarray) -> None:
    """Copy an array (n 3) of 4-byte numbers into a new buffer of a geometry."""
    size, count = ctypes.c_size_t(12), ctypes.c_size_t(len(rows))
    buffer = _library().rtcSetNewGeometryBuffer(geometry, kind, 0, layout, size, count)
    if not buffer:
        raise MemoryError(f"Embree has no room for {len(rows)} rows")
    ctypes.memmove(buffer, rows.ctypes.data, rows.nbytes)


class Solid:
    """Triangles in fixed places, prepared for packets of rays.

    Args:
        vertices: (v 3), m.
        faces: (f 3).
        name: number by which hits are told from those of other solids.
    """

    def __init__(self, vertices: np.ndarray, faces: np.ndarray, name: int) -> None:
        embree, device = _library(), _device(os.getpid())
        geometry = ctypes.c_void_p(embree.rtcNewGeometry(device, TRIANGLES))
        _fill(geometry, VERTICES, FLOAT3, np.ascontiguousarray(vertices, np.float32))
        _fill(geometry, INDICES, UINT3, np.ascontiguousarray(faces, np.uint32))
        embree.rtcCommitGeometry(geometry)
        scene = ctypes.c_void_p(embree.rtcNewScene(device))
        embree.rtcSetSceneFlags(scene, ROBUST)
        embree.rtcAttachGeometryByID(scene, geometry, name)
        embree.rtcReleaseGeometry(geometry)
        embree.rtcCommitScene(scene)
        self.handle = scene.value or 0
        weakref.finalize(self, embree.rtcReleaseScene, scene)


@intrinsic
@no_type_check
def _call(typing, address, valid, scene, rays, arguments):
    """Call a C function at an address with four pointers."""

    def generate(context, builder, signature, values):
        word = ir.IntType(64)
        function = ir.FunctionType(ir.VoidType(), [word] * 4).as_pointer()
        builder.call(builder.inttoptr(values[0], function), values[1:])
        return context.get_dummy_value()

    return types.void(*[types.uint64] * 5), generate


@inlined
@no_type_check
def _aligned(size):
    """`size` int32 numbers that begin at a multiple of 64 bytes."""
    room = np.zeros(size + 16, np.int32)
    start = (64 - room.ctypes.data % 64) % 64 // 4
    return room[start : start + size]


@inlined
@no_type_check
def _load(rays, packet, valid, origins, directions, far, start, count):
    """Up to 16 rays into a packet; a single origin or direction is that of all rays."""
    one, same = len(origins) == 1, len(directions) == 1
    for k in range(RAYS):
        valid[k] = -1 if k < count else 0
    for k in range(count):
        o, d = 0 if one else start + k, 0 if same else start + k
        for axis in range(3):
            rays[ORIGIN + axis, k] = origins[o, axis]
            rays[DIRECTION + axis, k] = directions[d, axis]
        rays[NEAR, k] = 0.0
        rays[FAR, k] = far
        packet[MASK, k] = -1
        packet[FLAGS, k] = 0
        packet[MESH, k] = NOTHING


@kernel
@no_type_check
def _nearest(function, scenes, first, arguments, origins, directions, faces, near):
    valid, packet = _aligned(RAYS), _aligned(RAYS * ROWS).reshape(ROWS, RAYS)
    rays = packet.view(np.float32)
    for start in range(0, len(faces), RAYS):
        count = min(RAYS, len(faces) - start)
        _load(rays, packet, valid, origins, directions, np.inf, start, count)
        for scene in scenes:
            _call(function, valid.ctypes.data, scene, packet.ctypes.data, arguments)
        for k in range(count):
            mesh = packet[MESH, k]
            faces[start + k] = NOTHING if mesh == NOTHING else first[mesh] + packet[FACE, k]
            near[start + k] = rays[FAR, k]


@kernel
@no_type_check
def _blocked(function, scenes, arguments, origins, directions, far, hidden):
    valid, packet = _aligned(RAYS), _aligned(RAYS * ROWS).reshape(ROWS, RAYS)
    rays = packet.view(np.float32)
    for start in range(0, len(hidden), RAYS):
        count = min(RAYS, len(hidden) - start)
        _load(rays, packet, valid, origins, directions, far, start, count)
        for scene in scenes:
            _call(function, valid.ctypes.data, scene, packet.ctypes.data, arguments)
        for k in range(count):
            hidden[start + k] = rays[FAR, k] < 0.0  # Embree marks rays that are stopped by -inf


@cache
def _coherent() -> tuple[Arguments, int]:
    """Arguments for rays that lie side by side, with their address; kept for good."""
    arguments = Arguments(flags=COHERENT, features=0xFFFFFFFF)
    return arguments, ctypes.addressof(arguments)


def _address(name: str) -> int:
    return ctypes.cast(getattr(_library(), name), ctypes.c_void_p).value or 0


class Packets:
    """Rays, sixteen at a time.

    Args:
        solids: what they can hit, named 0, 1, ...
        first: for each solid, what is added to the row of a face.
    """

    def __init__(self, solids: Sequence[Solid], first: Sequence[int]) -> None:
        self._solids = tuple(solids)
        self._scenes = np.array([solid.handle for solid in solids], np.uint64)
        self._first = np.array(first, np.int32)

    def nearest(self, origins: np.ndarray, directions: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """See `trace.Rays`."""
        size = max(len(origins), len(directions))
        faces, near = np.empty(size, np.int32), np.empty(size, np.float32)
        function = _address("rtcIntersect16")
        _nearest(function, self._scenes, self._first, _coherent()[1], origins, directions, faces, near)
        return faces, near

    def blocked(self, origins: np.ndarray, directions: np.ndarray, far: float) -> np.ndarray:
        """See `trace.Rays`."""
        hidden = np.empty(max(len(origins), len(directions)), np.bool_)
        _blocked(_address("rtcOccluded16"), self._scenes, _coherent()[1], origins, directions, far, hidden)
        return hidden
