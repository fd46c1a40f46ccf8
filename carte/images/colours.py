"""From any mode of JPEG or PNG to sRGB, at the stored size, true to the eye (P4)."""

import io

from PIL import Image, ImageChops, ImageCms

BAND = 256  # px: height of the strips a large picture is brought to size by, or it would be held twice
SPACES = {"RGB": "RGB", "GRAY": "L", "CMYK": "CMYK"}  # of a profile, and the mode it is meant for
SRGB = ImageCms.createProfile("sRGB")
EIGHT_BITS = 8


def fitted(size: tuple[int, int], long_side: int) -> tuple[int, int]:
    """Bring a size in px to at most ``long_side``, proportions kept; never enlarged, never under 1."""
    longest = max(size)
    if longest <= long_side:
        return size
    width, height = (max(1, round(side * long_side / longest)) for side in size)
    return width, height


def shrunk(image: Image.Image, box: tuple[float, float], target: tuple[int, int], depth: int) -> Image.Image:
    """Flatten a picture and bring it to ``target`` px; ``box`` is what it really covers (a draft rounds up).

    Returns a picture in L, RGB or CMYK. ``depth`` is the bits a sample had in the file. What is no longer
    needed is closed on the way, for its memory: the picture given cannot be used again.
    """
    factor = max(1, max(image.size) // max(target))
    small = _reduced(image, factor, depth) if factor > 1 else flattened(image, depth)
    if small is not image:
        image.close()
    if small.size == target:
        return small
    covered = min(box[0] / factor, small.width), min(box[1] / factor, small.height)
    narrow = small.resize(
        (target[0], small.height), Image.Resampling.HAMMING, box=(0, 0, covered[0], small.height)
    )
    small.close()
    return narrow.resize(target, Image.Resampling.HAMMING, box=(0, 0, target[0], covered[1]))


def _reduced(image: Image.Image, factor: int, depth: int) -> Image.Image:
    """Divide both sides by a whole number, strip by strip."""
    step = factor * max(1, BAND // factor)
    strips = (
        image.crop((0, top, image.width, min(top + step, image.height)))
        for top in range(0, image.height, step)
    )
    first, *others = (_reduced_strip(strip, factor, depth) for strip in strips)
    small = Image.new(first.mode, (first.width, -(-image.height // factor)))
    for rank, strip in enumerate((first, *others)):
        small.paste(strip, (0, rank * (step // factor)))
    return small


def _reduced_strip(strip: Image.Image, factor: int, depth: int) -> Image.Image:
    """Reduce first what has an alpha of its own (the library weighs by it): fewer pixels to flatten."""
    if strip.mode in ("LA", "RGBA"):
        return flattened(strip.reduce(factor), depth)
    return flattened(strip, depth).reduce(factor)


def flattened(image: Image.Image, depth: int) -> Image.Image:
    """Bring any mode to L, RGB or CMYK at 8 bits, what is transparent laid on white."""
    if image.mode == "I;16":
        image = _eight_bits(image)
    if image.mode in ("L", "RGB", "CMYK") and "transparency" not in image.info:
        return image
    if image.mode == "1" and "transparency" not in image.info:
        return image.convert("L")
    if image.mode in ("L", "RGB"):
        image.info["transparency"] = _scaled(image.info["transparency"], depth)
    seen = image.convert("RGBA")
    paper = Image.new("RGB", image.size, "white")
    paper.paste(seen, mask=seen.getchannel("A"))
    return paper


def _eight_bits(image: Image.Image) -> Image.Image:
    """Scale 16-bit grey first: converted at once, all above 255 would be white."""
    grey = Image.frombytes("L", image.size, image.tobytes()[1::2])
    grey.info = dict(image.info)
    return grey


def _scaled(key: int | tuple[int, ...], depth: int) -> int | tuple[int, ...]:
    """Bring samples declared transparent from the file's depth to 8 bits, as the decoder did pixels."""
    if isinstance(key, tuple):
        return tuple(sample >> (depth - EIGHT_BITS) for sample in key)
    return key >> (depth - EIGHT_BITS) if depth >= EIGHT_BITS else key * 255 // (2**depth - 1)


def srgb(image: Image.Image, profile: bytes | None, *, inverted: bool) -> Image.Image:
    """Bring L, RGB or CMYK to sRGB by the profile when it is sane and meant for these colours, else plainly.

    The decoder takes four inks for inverted, as Adobe stores them; ``inverted`` False turns them back.
    """
    if image.mode == "CMYK" and not inverted:
        image = ImageChops.invert(image)
    profiled = _by_profile(image, profile) if profile else None
    plain = profiled or image
    return plain if plain.mode == "RGB" else plain.convert("RGB")


def _by_profile(image: Image.Image, profile: bytes) -> Image.Image | None:
    """Convert by an ICC profile; None when it is broken or meant for other colours."""
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        mode = SPACES.get(source.profile.xcolor_space.strip())
        if image.mode == "L" and mode == "RGB":
            image = image.convert("RGB")
        if image.mode != mode:
            return None
        return ImageCms.profileToProfile(image, source, SRGB, outputMode="RGB")
    except (ImageCms.PyCMSError, OSError, ValueError):
        return None
