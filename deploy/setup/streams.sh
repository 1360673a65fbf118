#!/usr/bin/env bash
# Makes the recordings with which speed is measured, of vtest.avi, into target/bench; what is there stays.
set -euo pipefail
cd "$(dirname "$0")/../.."
streams=target/bench

# vtest.avi 2.5 times as fast: 25 frames a second of which each is another picture.
stream() { # name, width, height, encoder
    [ -f "$streams/$1.mp4" ] && return
    mkdir -p "$streams"
    gst-launch-1.0 -q filesrc location=.cache/fixtures/vtest.avi ! decodebin ! videoconvert ! videoscale add-borders=false ! \
        "video/x-raw,format=I420,width=$2,height=$3,pixel-aspect-ratio=1/1" ! videorate rate=2.5 ! video/x-raw,framerate=25/1 ! \
        $4 ! mp4mux ! filesink location="$streams/$1.part"
    mv "$streams/$1.part" "$streams/$1.mp4"
}
h264="x264enc bframes=0 key-int-max=50 speed-preset=faster option-string=scenecut=0:open-gop=0"
# A camera's second, smaller stream.
stream 360p25-h264 640 360 "$h264 bitrate=500 ! video/x-h264,profile=main"
stream 720p25-h264 1280 720 "$h264 bitrate=2000 ! video/x-h264,profile=main"
stream 1080p25-h264 1920 1080 "$h264 bitrate=4000 ! video/x-h264,profile=main"
stream 1080p25-h265 1920 1080 "x265enc key-int-max=50 speed-preset=faster bitrate=4000 option-string=bframes=0:scenecut=0:open-gop=0 ! h265parse"
