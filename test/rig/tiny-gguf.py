"""Makes a llama model of two small layers with random weights: it says nonsense, but is loaded, asked and held to grammars as any other.

python3 -m venv venv && venv/bin/pip install gguf==0.19.0 numpy && venv/bin/python test/rig/tiny-gguf.py tiny.gguf
"""

import sys

import numpy as np
from gguf import GGUFWriter, TokenType

LAYERS, WIDTH, HEADS, INNER, CONTEXT = 2, 64, 4, 128, 2048
TEMPLATE = (
    "{% for message in messages %}<|{{ message['role'] }}|>\n{{ message['content'] }}</s>\n{% endfor %}"
    "{% if add_generation_prompt %}<|assistant|>\n{% endif %}"
)

tokens = [b"<unk>", b"<s>", b"</s>"]
kinds = [TokenType.UNKNOWN, TokenType.CONTROL, TokenType.CONTROL]
for byte in range(256):
    tokens.append(f"<0x{byte:02X}>".encode())
    kinds.append(TokenType.BYTE)
for text in ["\u2581"] + [chr(code) for code in range(33, 127)]:
    tokens.append(text.encode())
    kinds.append(TokenType.NORMAL)

random = np.random.default_rng(int(sys.argv[2]) if len(sys.argv) > 2 else 7)


def weights(*shape):
    return (random.standard_normal(shape) * 0.4).astype(np.float32)


writer = GGUFWriter(sys.argv[1], "llama")
writer.add_name("tiny")
writer.add_context_length(CONTEXT)
writer.add_embedding_length(WIDTH)
writer.add_block_count(LAYERS)
writer.add_feed_forward_length(INNER)
writer.add_head_count(HEADS)
writer.add_head_count_kv(HEADS)
writer.add_rope_dimension_count(WIDTH // HEADS)
writer.add_layer_norm_rms_eps(1e-5)
writer.add_vocab_size(len(tokens))
writer.add_tokenizer_model("llama")
writer.add_token_list(tokens)
writer.add_token_scores([0.0 if kind != TokenType.NORMAL else -float(at) for at, kind in enumerate(kinds)])
writer.add_token_types(kinds)
writer.add_bos_token_id(1)
writer.add_eos_token_id(2)
writer.add_unk_token_id(0)
writer.add_add_bos_token(True)
writer.add_chat_template(TEMPLATE)
# The first dimension is the same for every token and every layer: by it the last layer keeps bytes, halves of characters among them, unsaid.
embeddings, said = weights(len(tokens), WIDTH), weights(len(tokens), WIDTH)
embeddings[:, 0] = 8
said[:, 0] = [-200 if kind == TokenType.BYTE else 0 for kind in kinds]
writer.add_tensor("token_embd.weight", embeddings)
for layer in range(LAYERS):
    name = f"blk.{layer}."
    for norm in ["attn_norm", "ffn_norm"]:
        writer.add_tensor(f"{name}{norm}.weight", np.ones(WIDTH, dtype=np.float32))
    for part, shape in {
        "attn_q": (WIDTH, WIDTH),
        "attn_k": (WIDTH, WIDTH),
        "attn_v": (WIDTH, WIDTH),
        "attn_output": (WIDTH, WIDTH),
        "ffn_gate": (INNER, WIDTH),
        "ffn_up": (INNER, WIDTH),
        "ffn_down": (WIDTH, INNER),
    }.items():
        drawn = weights(*shape)
        if part in ["attn_output", "ffn_down"]:
            drawn[0] = 0
        writer.add_tensor(f"{name}{part}.weight", drawn)
writer.add_tensor("output_norm.weight", np.ones(WIDTH, dtype=np.float32))
writer.add_tensor("output.weight", said)
writer.write_header_to_file()
writer.write_kv_data_to_file()
writer.write_tensors_to_file()
writer.close()
