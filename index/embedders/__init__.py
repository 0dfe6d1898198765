"""Embedders: a model run by ONNX Runtime once PyTorch exported it, or by sentence-transformers."""
