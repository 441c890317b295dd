"""Bends a portrait into an action: landmarks move as a head's do, and the picture follows them (thin-plate spline).

Pixels are (height, width, 3) uint8 arrays in RGB; points are rows of (x, y) in pixels, landmarks in iBUG's order of 68:
0–16 jaw, 27–35 nose, 36–41 and 42–47 eyes, 48–59 outer and 60–67 inner lips.
"""

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter

Pixels = NDArray[np.uint8]
Points = NDArray[np.float64]
Color = tuple[int, int, int]

TURN_DEGREES = 25.0
MOUTH_DROP = 0.4
"""How far the lower lip falls, in widths of the mouth."""

_GRID = 8
_MOUTH_INSIDE: Color = (58, 18, 20)
_LASH_SHADE = 0.3
"""Lashes are that much of the skin's brightness."""
_LOWER_LIP = {55: 0.75, 56: 1.0, 57: 1.0, 58: 1.0, 59: 0.75, 65: 0.95, 66: 1.0, 67: 0.95}
_UPPER_LIP = {50: -0.1, 51: -0.1, 52: -0.1, 61: -0.1, 62: -0.1, 63: -0.1}
_CORNERS = (48, 54, 60, 64)


def turned(pixels: Pixels, landmarks: Points, degrees: float) -> Pixels:
    """The head rotated about its upright axis: positive degrees move the nose toward the image's right side.

    Each landmark gets a depth, half-widths of the face before the axis, as on an ellipsoid with a nose.
    """
    half_width = _face_width(landmarks) / 2
    axis = (landmarks[0, 0] + landmarks[16, 0]) / 2
    forehead = _forehead(landmarks)
    points = np.vstack([landmarks, forehead])
    across = (points[:, 0] - axis) / half_width
    depth = np.sqrt(np.clip(1 - across**2, 0, 1))
    depth[:17] *= 0.6
    depth[17:68] *= 0.8
    depth[68:] *= 0.5
    depth[27:36] += (0.05, 0.1, 0.2, 0.4, 0.15, 0.15, 0.15, 0.15, 0.15)
    angle = np.radians(degrees)
    moved = points.copy()
    moved[:, 0] = axis + half_width * (across * np.cos(angle) + depth * np.sin(angle))
    return _bent(pixels, points, moved)


def mouth_opened(pixels: Pixels, landmarks: Points) -> Pixels:
    """The jaw dropped, the lips apart, the inside of the mouth dark."""
    width = float(np.linalg.norm(landmarks[54] - landmarks[48]))
    fall = np.zeros(68)
    fall[:17] = [0.9 * max(0.0, 1 - abs(place - 8) / 6) ** 0.7 for place in range(17)]
    for place, share in (_LOWER_LIP | _UPPER_LIP | dict.fromkeys(_CORNERS, 0.3)).items():
        fall[place] = share
    moved = landmarks.copy()
    moved[:, 1] += fall * width * MOUTH_DROP
    middle = (landmarks[48, 0] + landmarks[54, 0]) / 2
    for corner in _CORNERS:
        moved[corner, 0] = middle + (landmarks[corner, 0] - middle) * 0.85
    forehead = _forehead(landmarks)
    bent = _bent(pixels, np.vstack([landmarks, forehead]), np.vstack([moved, forehead]))
    picture = Image.fromarray(bent)
    _paint(picture, _filled(picture, moved[60:68]), _MOUTH_INSIDE, width * 0.02)
    return np.asarray(picture)


def eyes_closed(pixels: Pixels, landmarks: Points) -> Pixels:
    """Lids over both eyes, in the skin's own colour, with the lashes along their lower edge."""
    picture = Image.fromarray(pixels)
    for first in (36, 42):
        eye = landmarks[first : first + 6]
        width = float(np.linalg.norm(eye[3] - eye[0]))
        middle = eye.mean(axis=0)
        lid = middle + (eye - middle) * (1.25, 2.0)
        skin = _skin_below(pixels, eye, width)
        _paint(picture, _filled(picture, lid), skin, width * 0.05)
        lashes = Image.new("L", picture.size, 0)
        ImageDraw.Draw(lashes).line(_flat(_lower_edge(eye)), fill=255, width=max(1, round(width * 0.13)))
        _paint(picture, lashes, _shaded(skin), max(0.7, width * 0.015))
    return np.asarray(picture)


def disguised(pixels: Pixels, landmarks: Points) -> Pixels:
    """Somebody else: eyes closer together and larger, a broad jaw, a wide mouth, a long nose."""
    width, root = _face_width(landmarks), landmarks[27]
    moved = landmarks.copy()
    for eye, inward in ((slice(36, 42), 0.06), (slice(42, 48), -0.06)):
        middle = landmarks[eye].mean(axis=0)
        moved[eye] = middle + (landmarks[eye] - middle) * 1.2 + np.array([inward * width, 0])
    lips = landmarks[48:68].mean(axis=0)
    moved[48:68] = lips + (landmarks[48:68] - lips) * 1.3
    moved[:17, 0] = root[0] + (landmarks[:17, 0] - root[0]) * 1.3
    moved[5:12, 1] -= width * 0.12
    moved[30:36, 1] += width * 0.03
    moved[31:36, 0] = root[0] + (landmarks[31:36, 0] - root[0]) * 1.5
    forehead = _forehead(landmarks)
    return _bent(pixels, np.vstack([landmarks, forehead]), np.vstack([moved, forehead]))


def _lower_edge(eye: Points) -> Points:
    """A curve from corner to corner through the two points of the lower lid (cubic Bézier)."""
    start, low_start, low_end, end = eye[0], eye[5], eye[4], eye[3]
    pull_start = low_start * 1.33 - (start + end) * 0.165
    pull_end = low_end * 1.33 - (start + end) * 0.165
    t = np.linspace(0, 1, 20)[:, None]
    curve: Points = (
        (1 - t) ** 3 * start + 3 * t * (1 - t) ** 2 * pull_start + 3 * t**2 * (1 - t) * pull_end + t**3 * end
    )
    return curve


def _skin_below(pixels: Pixels, eye: Points, width: float) -> Color:
    x, y = (int(value) for value in eye[4:6].mean(axis=0) + np.array([0, width * 0.22]))
    patch = pixels[max(0, y - 4) : y + 5, max(0, x - 8) : x + 9].reshape(-1, 3)
    red, green, blue = (int(value) for value in np.median(patch, axis=0))
    return red, green, blue


def _shaded(color: Color) -> Color:
    red, green, blue = (int(value * _LASH_SHADE) for value in color)
    return red, green, blue


def _filled(picture: Image.Image, outline: Points) -> Image.Image:
    mask = Image.new("L", picture.size, 0)
    ImageDraw.Draw(mask).polygon(_flat(outline), fill=255)
    return mask


def _flat(points: Points) -> list[tuple[float, float]]:
    return [(float(x), float(y)) for x, y in points]


def _paint(picture: Image.Image, mask: Image.Image, color: Color, softness: float) -> None:
    picture.paste(Image.new("RGB", picture.size, color), mask=mask.filter(ImageFilter.GaussianBlur(softness)))


def _face_width(landmarks: Points) -> float:
    return float(np.linalg.norm(landmarks[16] - landmarks[0]))


def _forehead(landmarks: Points) -> Points:
    """Nine points on an arc over the brows, where the landmarks have none."""
    root, width = landmarks[27], _face_width(landmarks)
    right = (landmarks[16] - landmarks[0]) / width
    up = (root - landmarks[8]) / np.linalg.norm(root - landmarks[8])
    angles = np.radians(np.linspace(-80, 80, 9))[:, None]
    arc: Points = root + right * np.sin(angles) * width * 0.56 + up * np.cos(angles) * width * 0.75
    return arc


def _frame(width: int, height: int) -> Points:
    """Points along the picture's edges, which stay where they are."""
    xs, ys = np.linspace(0, width - 1, 7), np.linspace(0, height - 1, 9)
    rows = [(x, y) for x in xs for y in (0, height - 1)]
    columns = [(x, y) for y in ys[1:-1] for x in (0, width - 1)]
    return np.array(rows + columns, dtype=np.float64)


def _bent(pixels: Pixels, points: Points, moved: Points) -> Pixels:
    """The picture with `points` carried to `moved`, its edges held."""
    height, width = pixels.shape[:2]
    edges = _frame(width, height)
    x, y = _sources(height, width, np.vstack([points, edges]), np.vstack([moved, edges]))
    return _sampled(pixels, x, y)


def _sources(height: int, width: int, points: Points, moved: Points) -> tuple[Points, Points]:
    """For every pixel of the new picture, where in the old one it comes from.

    The spline is solved on a coarse grid and interpolated between its nodes.
    """
    scale = float(max(height, width))
    xs, ys = np.arange(0, width + _GRID, _GRID), np.arange(0, height + _GRID, _GRID)
    nodes = np.stack(np.meshgrid(xs, ys), axis=-1).reshape(-1, 2) / scale
    coarse = (_spline(moved / scale, (points - moved) / scale, nodes) * scale).reshape(len(ys), len(xs), 2)
    column, row = np.arange(width) / _GRID, np.arange(height) / _GRID
    left, top = column.astype(int), row.astype(int)
    right_share, low_share = (column - left)[None, :, None], (row - top)[:, None, None]
    across = coarse[:, left] * (1 - right_share) + coarse[:, left + 1] * right_share
    shift = across[top] * (1 - low_share) + across[top + 1] * low_share
    return np.arange(width)[None, :] + shift[..., 0], np.arange(height)[:, None] + shift[..., 1]


def _spline(knots: Points, values: Points, at: Points) -> Points:
    """The thin-plate spline through `values` at `knots`, evaluated `at` other points."""
    count = len(knots)
    system = np.zeros((count + 3, count + 3))
    system[:count, :count] = _radial(knots, knots) + np.eye(count) * 1e-3
    system[:count, count:] = _affine(knots)
    system[count:, :count] = _affine(knots).T
    weights = np.linalg.solve(system, np.vstack([values, np.zeros((3, 2))]))
    result: Points = _radial(at, knots) @ weights[:count] + _affine(at) @ weights[count:]
    return result


def _radial(at: Points, knots: Points) -> Points:
    squared = ((at[:, None] - knots[None]) ** 2).sum(axis=-1)
    radial: Points = squared * np.log(squared + 1e-9)
    return radial


def _affine(at: Points) -> Points:
    return np.hstack([np.ones((len(at), 1)), at])


def _sampled(pixels: Pixels, x: Points, y: Points) -> Pixels:
    """Bilinear sampling."""
    height, width = pixels.shape[:2]
    x, y = np.clip(x, 0, width - 1.001), np.clip(y, 0, height - 1.001)
    left, top = x.astype(int), y.astype(int)
    right_share, low_share = (x - left)[..., None], (y - top)[..., None]
    upper = pixels[top, left] * (1 - right_share) + pixels[top, left + 1] * right_share
    lower = pixels[top + 1, left] * (1 - right_share) + pixels[top + 1, left + 1] * right_share
    sampled: Pixels = np.rint(upper * (1 - low_share) + lower * low_share).astype(np.uint8)
    return sampled
