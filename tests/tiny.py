"""Models of a few kilobytes in the layouts of sentence-transformers, for tests."""

import json
from pathlib import Path
from typing import Any

_WORDS = (
    "[PAD]",
    "[UNK]",
    "[CLS]",
    "[SEP]",
    "[MASK]",
    "the",
    "gold",
    "tin",
    "nile",
    "meets",
    "##s",
)
_TYPES = "sentence_transformers.models."


def save_model(path: Path, kind: str = "bert", *, seed: int = 0) -> Path:
    """Save a model with random weights and return its folder.

    `bert` pools the mean, in the newest layout; `nested` too, in an old one with a folder for the
    transformer; `mpnet` takes the first token, and counts positions by its padding. `dense`,
    `max`, `prompt`, `lowercase` and `t5` do what only sentence-transformers can.
    """
    import torch
    from transformers import BertConfig, BertModel, MPNetConfig, MPNetModel, T5Config, T5Model

    torch.manual_seed(seed)
    shape: dict[str, Any] = {
        "vocab_size": 1000,
        "hidden_size": 16,
        "num_hidden_layers": 1,
        "num_attention_heads": 2,
        "intermediate_size": 32,
        "max_position_embeddings": 40,
    }
    if kind == "mpnet":
        model: Any = MPNetModel(MPNetConfig(**shape, pad_token_id=1))
    elif kind == "t5":
        model = T5Model(T5Config(vocab_size=1000, d_model=16, d_kv=8, d_ff=32, num_layers=1))
    else:
        model = BertModel(BertConfig(**shape))
    root = path / "0_Transformer" if kind == "nested" else path
    model.save_pretrained(root)
    _save_tokenizer(root, padding="[UNK]" if kind == "mpnet" else "[PAD]")
    modules = ["Transformer", "Pooling", "Normalize"]
    pooling: dict[str, Any] = {"embedding_dimension": 16, "pooling_mode": "mean"}
    match kind:
        case "mpnet":
            pooling["pooling_mode"] = ["cls"]
        case "nested":
            pooling = {"word_embedding_dimension": 16, "pooling_mode_mean_tokens": True}
            _write(root / "sentence_bert_config.json", {"max_seq_length": 24})
        case "dense":
            modules = ["Transformer", "Pooling", "Dense"]
        case "max":
            pooling = {"word_embedding_dimension": 16, "pooling_mode_max_tokens": True}
        case "prompt":
            prompts = {"prompts": {"query": "gold: "}, "default_prompt_name": "query"}
            _write(path / "config_sentence_transformers.json", prompts)
        case "lowercase":
            _write(path / "sentence_bert_config.json", {"do_lower_case": True})
    folders = [root.name if kind == "nested" else "", "1_Pooling", f"2_{modules[2]}"]
    _write(
        path / "modules.json",
        [
            {"idx": i, "name": str(i), "path": folder, "type": f"{_TYPES}{module}"}
            for i, (module, folder) in enumerate(zip(modules, folders, strict=True))
        ],
    )
    _write(path / "1_Pooling" / "config.json", pooling)
    return path


def _save_tokenizer(path: Path, *, padding: str) -> None:
    from tokenizers import Tokenizer
    from tokenizers.models import WordPiece
    from tokenizers.normalizers import BertNormalizer
    from tokenizers.pre_tokenizers import BertPreTokenizer
    from tokenizers.processors import TemplateProcessing
    from transformers import PreTrainedTokenizerFast

    vocabulary = {word: i for i, word in enumerate(_WORDS)}
    tokenizer = Tokenizer(WordPiece(vocabulary, unk_token="[UNK]"))
    tokenizer.normalizer = BertNormalizer()
    tokenizer.pre_tokenizer = BertPreTokenizer()
    tokenizer.post_processor = TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
    )
    PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        pad_token=padding,
        unk_token="[UNK]",
        cls_token="[CLS]",
        sep_token="[SEP]",
        mask_token="[MASK]",
        model_max_length=32,
    ).save_pretrained(path)


def _write(path: Path, content: object) -> None:
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(content), "utf-8")
