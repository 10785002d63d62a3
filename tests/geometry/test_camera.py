"""Intrinsics follow their images through every transform: a projected point must stay on its pixel."""

import pytest
import torch

from wilddepth.geometry.camera import Camera


def camera():
    return Camera.single(50.0, 60.0, 30.0, 14.0, 32, 64)


def projected(camera, point=(0.3, -0.2, 2.0)):
    x, y, z = point
    return camera.focal_x * x / z + camera.centre_x, camera.focal_y * y / z + camera.centre_y


def test_a_resized_camera_maps_image_edges_to_image_edges():
    """Half-pixel rule: the image covers -0.5..width - 0.5 before and after."""
    x, y = projected(camera())
    half_x, half_y = projected(camera().resized(16, 128))
    torch.testing.assert_close((half_x + 0.5) / 128, (x + 0.5) / 64)
    torch.testing.assert_close((half_y + 0.5) / 16, (y + 0.5) / 32)


def test_resizing_there_and_back_changes_nothing():
    there = camera().resized(375, 1242)
    assert (there.height, there.width) == (375, 1242)
    back = there.resized(32, 64)
    for name in ("focal_x", "focal_y", "centre_x", "centre_y"):
        torch.testing.assert_close(getattr(back, name), getattr(camera(), name))


def test_cropping_and_padding_move_the_principal_point():
    x, y = projected(camera())
    cropped = camera().cropped(3, 5, 20, 40)
    assert (cropped.height, cropped.width) == (20, 40)
    torch.testing.assert_close(torch.cat(projected(cropped)), torch.cat((x - 5, y - 3)))
    padded = cropped.padded(3, 9, 5, 19)
    assert (padded.height, padded.width) == (32, 64)
    torch.testing.assert_close(torch.cat(projected(padded)), torch.cat((x, y)))


@pytest.mark.parametrize("window", [(-1, 0, 10, 10), (0, -1, 10, 10), (23, 0, 10, 10), (0, 55, 10, 10)])
def test_a_window_that_leaves_the_image_is_refused(window):
    with pytest.raises(ValueError, match="leaves the 32x64 image"):
        camera().cropped(*window)


def test_a_mirrored_camera_sees_the_mirrored_point_in_the_mirrored_column():
    x, y = projected(camera())
    mirrored_x, mirrored_y = projected(camera().flipped(), (-0.3, -0.2, 2.0))
    torch.testing.assert_close(mirrored_x, 63 - x)
    torch.testing.assert_close(mirrored_y, y)


def test_selected_keeps_some_cameras_of_a_batch():
    batch = Camera(torch.arange(4.0), torch.ones(4), torch.zeros(4), torch.zeros(4), height=2, width=3)
    assert batch.batch == 4
    assert batch.selected(slice(1, 3)).focal_x.tolist() == [1, 2]
    assert batch.selected(torch.tensor([3, 0])).focal_x.tolist() == [3, 0]


def test_moving_a_camera_keeps_its_numbers():
    moved = camera().to("cpu")
    assert (moved.height, moved.width, moved.focal_x.item()) == (32, 64, 50)
