"""Three-dimensional models of Debian's `sweethome3d-furniture` drawn as cut-outs.

They bring what the footage lacks: vehicles, seated and lying people, and furniture, bags, poles
and barriers that must not be taken for people, all seen from above as a camera sees them.
The drawing is plain: faces sorted by distance, one colour each, one light.
"""

import random
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

LARGEST_FACES = 150_000
SUPERSAMPLED = 2
SIDE_PX = 224
FINEST_FACE_PX = 7.0
TEXTURE_SIDE_PX = 512
PERSON_HEIGHT_CM = 170.0


@dataclass
class Model:
    """One entry of a furniture catalogue; the size is width, height, depth in centimetres."""

    name: str
    category: str
    path: Path
    size_cm: np.ndarray
    rotation: np.ndarray


@dataclass
class Mesh:
    """Triangles: `corners` `[n, 3, 3]` in centimetres, y up; `colours` `[n, 3]` BGR; `texels` `[n, 3, 2]`.

    `skin` `[n]` is the index of the texture, or -1.
    """

    corners: np.ndarray
    colours: np.ndarray
    texels: np.ndarray
    skin: np.ndarray
    textures: list


def catalogue(folder: Path) -> list[Model]:
    """The models of one unpacked `.sh3f` file."""
    entries: dict[str, dict[str, str]] = {}
    for line in (folder / "PluginFurnitureCatalog.properties").read_text("latin-1").splitlines():
        key, _, value = line.partition("=")
        field, _, number = key.partition("#")
        if number and not line.startswith("#"):
            entries.setdefault(number.strip(), {})[field.strip()] = value.strip()
    found = []
    for entry in entries.values():
        path = folder / entry.get("model", "").lstrip("/")
        if path.suffix == ".obj" and path.exists():
            size = np.array([float(entry[k]) for k in ("width", "height", "depth")])
            rotation = np.array(entry.get("modelRotation", "1 0 0 0 1 0 0 0 1").split(), float).reshape(3, 3)
            found.append(Model(entry["name"], entry["category"], path, size, rotation))
    return found


def read_mesh(model: Model) -> Mesh | None:
    """The triangles of a model at its true size, or None where it is empty or too fine to draw."""
    points, texels, faces, materials, names = [], [], [], {}, []
    for line in model.path.read_text("latin-1").splitlines():
        words = line.split()
        if not words:
            continue
        if words[0] == "v":
            points.append([float(w) for w in words[1:4]])
        elif words[0] == "vt":
            texels.append([float(w) for w in words[1:3]])
        elif words[0] == "mtllib":
            materials.update(read_materials(model.path.parent / line.split(None, 1)[1].strip()))
        elif words[0] == "usemtl":
            names.append(words[1] if len(words) > 1 else "")
        elif words[0] == "f":
            faces += triangles(words[1:], len(points), len(texels), len(names) - 1)
        if len(faces) > LARGEST_FACES:
            return None
    if not faces:
        return None
    table = np.array(faces)
    corners = np.array(points)[table[:, :3]] @ model.rotation.T
    low, high = corners.reshape(-1, 3).min(0), corners.reshape(-1, 3).max(0)
    corners = (corners - (low + high) / 2) * (model.size_cm / np.maximum(high - low, 1e-6))
    corners[..., 1] += model.size_cm[1] / 2
    chosen = [materials.get(name, Material()) for name in names] or [Material()]
    material = table[:, 6].clip(0)
    keep = np.array([m.opacity > 0.15 for m in chosen])[material]
    texels = np.array(texels or [[0.0, 0.0]])[table[:, 3:6].clip(0)]
    texels[table[:, 3] < 0] = 0
    textures, skin = [], []
    for each in chosen:
        skin.append(len(textures) if each.texture is not None else -1)
        textures += [each.texture] if each.texture is not None else []
    colours = np.array([m.colour for m in chosen])[material]
    return Mesh(corners[keep], colours[keep], texels[keep], np.array(skin)[material][keep], textures)


def triangles(words, points, texels, material):
    """A face of any number of corners as triangles: three points, three texels (or -1), material."""
    at, texel = [], []
    for word in words:
        parts = word.split("/")
        index = int(parts[0])
        at.append(index - 1 if index > 0 else points + index)
        index = int(parts[1]) if len(parts) > 1 and parts[1] else 0
        texel.append(index - 1 if index > 0 else texels + index if index < 0 else -1)
    return [(at[0], at[i], at[i + 1], texel[0], texel[i], texel[i + 1], material) for i in range(1, len(at) - 1)]


@dataclass
class Material:
    colour: tuple = (150.0, 150.0, 150.0)
    opacity: float = 1.0
    texture: np.ndarray | None = None


def read_materials(path: Path) -> dict[str, Material]:
    found: dict[str, Material] = {}
    current = Material()
    if not path.exists():
        return found
    for line in path.read_text("latin-1").splitlines():
        words = line.split()
        if len(words) < 2:
            continue
        if words[0] == "newmtl":
            current = found.setdefault(words[1], Material())
        elif words[0] == "Kd":
            current.colour = tuple(255 * min(1.0, float(w)) ** 0.6 for w in words[3:0:-1])
        elif words[0] == "d":
            current.opacity = float(words[-1])
        elif words[0] == "map_Kd":
            image = cv2.imread(str(path.parent / line.split(None, 1)[1].strip()))
            if image is not None:
                scale = min(1.0, TEXTURE_SIDE_PX / max(image.shape[:2]))
                current.texture = cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    return found


def draw(mesh: Mesh, yaw: float, pitch: float) -> tuple[np.ndarray, float] | None:
    """The model from one side and height as BGRA, and its height in heights of a standing person."""
    corners = mesh.corners @ turn(yaw, pitch).T
    span = np.ptp(corners.reshape(-1, 3), 0).max()
    distance = span * random.uniform(3, 7)
    shrink = distance / (distance - corners[..., 2:])
    flat = corners[..., :2] * shrink * [1, -1]
    low, high = flat.reshape(-1, 2).min(0), flat.reshape(-1, 2).max(0)
    scale = SUPERSAMPLED * SIDE_PX / (high - low).max()
    flat = (flat - low) * scale + 2
    normal = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    normal /= np.linalg.norm(normal, axis=1, keepdims=True) + 1e-9
    light = np.array([random.uniform(-1, 1), random.uniform(0.4, 1.2), random.uniform(-0.2, 1)])
    light /= np.linalg.norm(light)
    shade = random.uniform(0.35, 0.6) + random.uniform(0.4, 0.7) * np.abs(normal @ light)
    flat, depth, texels, owner = split(flat, corners[..., 2].mean(1), mesh.texels, mesh.skin >= 0)
    colours = painted(mesh, texels, owner) * shade[owner, None]
    size = ((high - low) * scale).astype(int) + 5
    canvas = np.zeros((size[1], size[0], 4), np.uint8)
    fixed = np.round(flat * 8).astype(np.int32)
    shades = np.concatenate([colours.clip(0, 255), np.full((len(colours), 1), 255)], 1)
    for index in np.argsort(depth):
        cv2.fillConvexPoly(canvas, fixed[index], shades[index].tolist(), cv2.LINE_8, 3)
    canvas = cv2.resize(canvas, (size[0] // SUPERSAMPLED, size[1] // SUPERSAMPLED), interpolation=cv2.INTER_AREA)
    alpha = canvas[..., 3:].astype(np.float32)
    canvas[..., :3] = np.where(alpha > 0, canvas[..., :3] * 255.0 / np.maximum(alpha, 1), 0).clip(0, 255)
    if min(canvas.shape[:2]) < 12:
        return None
    upright_px = PERSON_HEIGHT_CM * np.cos(pitch) * scale + 40 * np.sin(pitch) * scale
    return canvas, float((high - low)[1] * scale / upright_px)


def turn(yaw, pitch):
    cy, sy, cp, sp = np.cos(yaw), np.sin(yaw), np.cos(pitch), np.sin(pitch)
    return np.array([[1, 0, 0], [0, cp, -sp], [0, sp, cp]]) @ np.array([[cy, 0, sy], [0, 1, 0], [-sy, 0, cy]])


def split(flat, depth, texels, textured):
    """Cuts large textured faces in four, so that one colour a face still shows the texture."""
    owner = np.arange(len(flat))
    for _ in range(4):
        extent = np.ptp(flat, axis=1).max(1)
        large = (extent > FINEST_FACE_PX) & textured[owner]
        if not large.any() or large.sum() > LARGEST_FACES:
            break
        parts = [quarters(table[large]) for table in (flat, texels)]
        flat = np.concatenate([flat[~large], parts[0]])
        texels = np.concatenate([texels[~large], parts[1]])
        depth = np.concatenate([depth[~large], np.repeat(depth[large], 4)])
        owner = np.concatenate([owner[~large], np.repeat(owner[large], 4)])
    return flat, depth, texels, owner


def quarters(corners):
    a, b, c = corners[:, 0], corners[:, 1], corners[:, 2]
    ab, bc, ca = (a + b) / 2, (b + c) / 2, (c + a) / 2
    parts = np.stack([np.stack(t, 1) for t in ((a, ab, ca), (ab, b, bc), (ca, bc, c), (ab, bc, ca))], 1)
    return parts.reshape(-1, 3, corners.shape[-1])


def painted(mesh, texels, owner):
    colours = mesh.colours[owner].copy()
    for index, texture in enumerate(mesh.textures):
        mine = mesh.skin[owner] == index
        height, width = texture.shape[:2]
        at = texels[mine].mean(1) % 1.0
        colours[mine] = texture[((1 - at[:, 1]) * height).astype(int) % height, (at[:, 0] * width).astype(int) % width]
    return colours
