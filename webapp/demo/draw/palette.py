"""The muted colours of the still-lifes, each with the colour its shadow side takes."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Tone:
    """A colour in the light (`fill`), what darkens its right side (`dark`, by `depth`) and lights its left (`glow`)."""

    fill: str
    dark: str
    depth: float = 0.36
    glow: float = 0.22


CLAY = Tone("#c67a55", "#5a2c17")
RUST = Tone("#a5563a", "#3f170b", 0.38, 0.16)
SAND = Tone("#e2cda9", "#966a41", 0.42)
OAT = Tone("#efe5d3", "#966a41", 0.3)
CREAM = Tone("#f8f2e6", "#a5703c", 0.24, 0.4)
MOSS = Tone("#7d8b57", "#2b331a", 0.36, 0.18)
LEAF = Tone("#5c7350", "#1d2a1a", 0.4, 0.15)
SPRUCE = Tone("#2f5d50", "#0f241e", 0.42, 0.14)
INK = Tone("#38414a", "#0c1013", 0.5, 0.13)
OCHRE = Tone("#dba848", "#7a4c10", 0.34)
BLUSH = Tone("#e3bba6", "#a5563a", 0.3)
CHAR = Tone("#3b3733", "#0c0a08", 0.5, 0.13)
SKY = Tone("#cbd8d4", "#4f6a68", 0.34)
FOG = Tone("#dcdad2", "#6b665d", 0.3)
WOOD = Tone("#b98a5a", "#5c3a1d", 0.38)
WALNUT = Tone("#966a41", "#3a2210", 0.42, 0.16)
PLUM = Tone("#6e4456", "#23101a", 0.5, 0.16)
STEEL = Tone("#8b979d", "#2c363c", 0.42, 0.3)
HARBOUR = Tone("#44678a", "#14253a", 0.42, 0.16)
CRUST = Tone("#b8733c", "#4d2710", 0.4, 0.16)
BUTTER = Tone("#ecc878", "#9a6a22", 0.32)
COCOA = Tone("#5c3822", "#22100a", 0.45, 0.12)

SHADOW = "#2a2118"
