"""Photometric augmentation: what cameras, light and codecs do to a picture."""

import random

import cv2
import numpy as np


def degrade(image: np.ndarray) -> np.ndarray:
    """A copy of the picture under another camera, light and codec."""
    if random.random() < 0.8:
        image = change_tone(image)
    image = change_colour(image)
    image = change_sharpness(image)
    if random.random() < 0.3:
        image = add_noise(image)
    if random.random() < 0.35:
        quality = [cv2.IMWRITE_JPEG_QUALITY, random.randint(15, 75)]
        image = cv2.imdecode(cv2.imencode(".jpg", image, quality)[1], cv2.IMREAD_COLOR)
    return image


def change_tone(image):
    gamma, contrast = np.exp(random.gauss(0, 0.3)), np.exp(random.gauss(0, 0.2))
    tone = ((np.arange(256) / 255.0) ** gamma * 255 - 128) * contrast + 128 + random.gauss(0, 16)
    gains = np.ones(3) if random.random() < 0.5 else np.array([random.uniform(0.82, 1.2) for _ in range(3)])
    return cv2.LUT(image, np.clip(tone[None, :, None] * gains, 0, 255).astype(np.uint8))


def change_colour(image):
    choice = random.random()
    if choice > 0.6:
        return image
    if choice > 0.4:
        return turn_hue(image)
    grey = cv2.cvtColor(cv2.cvtColor(image, cv2.COLOR_BGR2GRAY), cv2.COLOR_GRAY2BGR)
    if choice < 0.15:
        return grey
    share = random.uniform(0.2, 1.5)
    return cv2.addWeighted(image, share, grey, 1 - share, 0)


def turn_hue(image):
    turned = cv2.cvtColor(image, cv2.COLOR_BGR2HSV)
    turned[..., 0] = (turned[..., 0].astype(np.int16) + random.randint(-25, 25)) % 180
    return cv2.cvtColor(turned, cv2.COLOR_HSV2BGR)


def change_sharpness(image):
    choice = random.random()
    if choice < 0.15:
        return cv2.GaussianBlur(image, (0, 0), random.uniform(0.4, 1.4))
    if choice < 0.22:
        length = random.choice([3, 5])
        kernel = np.zeros((length, length), np.float32)
        kernel[length // 2] = 1 / length
        return cv2.filter2D(image, -1, kernel)
    if choice < 0.37:
        scale = random.uniform(0.4, 0.85)
        height, width = image.shape[:2]
        return cv2.resize(cv2.resize(image, (int(width * scale), int(height * scale))), (width, height))
    if choice < 0.5:
        return cv2.addWeighted(image, 1.6, cv2.GaussianBlur(image, (0, 0), 1.2), -0.6, 0)
    return image


def add_noise(image):
    channels = random.choice([1, 3])
    noise = np.zeros((*image.shape[:2], channels), np.int16)
    cv2.randn(noise, (0,) * channels, (random.uniform(2, 14),) * channels)
    return np.clip(image.astype(np.int16) + noise.reshape(*image.shape[:2], channels), 0, 255).astype(np.uint8)
