"""Networks, translators and the rain retrieval: PyTorch, nothing of the platform.

Everything works on brightness temperatures shaped (batch, channel, scan, pixel): Kelvin in, Kelvin out, NaN where missing.
Normalisation lives inside a model and travels with its weights. Training reads patch packs (`models.packs`), trained models are
folders of safetensors and JSON (`models.checkpoint`). What is a sensor, a swath or a granule is the platform's business.
"""
