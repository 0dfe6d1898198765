"""Embedders: one model, run by PyTorch where it is exported and by ONNX Runtime ever after."""
