"""The ports made real."""

import os

# libvips reads these as it is loaded, which importing an adapter may do: keep to loaders that were
# fuzzed, use one thread a picture, because we use one core a picture, and never spill to a file,
# which a decoder could not open.
os.environ["VIPS_BLOCK_UNTRUSTED"] = "1"
os.environ["VIPS_CONCURRENCY"] = "1"
os.environ["VIPS_DISC_THRESHOLD"] = "999g"
