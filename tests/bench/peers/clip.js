// The two towers of an open_clip checkpoint as ONNX graphs, f32 or with dynamically quantised products.
"use strict";
const { Graph, FLOAT, INT8, INT64 } = require("./onnx");

function transposed(data, rows, columns) {
  const out = new Float32Array(data.length);
  for (let r = 0; r < rows; r++) for (let c = 0; c < columns; c++) out[c * rows + r] = data[r * columns + c];
  return out;
}

class Tower {
  constructor(weights, int8) {
    this.weights = weights;
    this.int8 = int8;
    this.g = new Graph();
  }

  vector(name) {
    const { shape, data } = this.weights.get(name);
    return this.g.constant(shape, data);
  }

  norm(x, name) {
    return this.g.add("LayerNormalization", [x, this.vector(`${name}.weight`), this.vector(`${name}.bias`)],
      { axis: 2, epsilon: { float: 1e-5 } });
  }

  // x W + b for w: [k][n]. int8: the pattern that ONNX Runtime fuses, a scale for each column of W.
  product(x, w, k, n, bias) {
    const g = this.g;
    let y;
    if (this.int8) {
      const scales = new Float32Array(n), q = new Int8Array(k * n);
      for (let c = 0; c < n; c++) {
        let largest = 0;
        for (let r = 0; r < k; r++) largest = Math.max(largest, Math.abs(w[r * n + c]));
        scales[c] = largest / 127 || 1;
        for (let r = 0; r < k; r++) q[r * n + c] = Math.round(w[r * n + c] / scales[c]);
      }
      const [a, scale, zero] = g.add("DynamicQuantizeLinear", [x], {}, 3);
      const zeros = g.constant([n], new Int8Array(n), INT8);
      const sum = g.add("MatMulInteger", [a, g.constant([k, n], q, INT8), zero, zeros]);
      y = g.add("Mul", [g.add("Cast", [sum], { to: FLOAT }), g.add("Mul", [scale, g.constant([n], scales)])]);
    } else {
      y = g.add("MatMul", [x, g.constant([k, n], w)]);
    }
    return bias ? g.add("Add", [y, g.constant([n], bias)]) : y;
  }

  linear(x, name) {
    const { shape: [n, k], data } = this.weights.get(`${name}.weight`);
    return this.product(x, transposed(data, n, k), k, n, this.weights.get(`${name}.bias`).data);
  }

  heads(x, rows, width, n_heads) {
    const split = this.g.add("Reshape", [x, this.g.integers([0, 0, n_heads, width / n_heads])]);
    return this.g.add("Transpose", [split], { perm: [0, 2, 1, 3] });
  }

  block(x, name, width, n_heads, mask) {
    const g = this.g;
    const y = this.norm(x, `${name}.ln_1`);
    const { data: w } = this.weights.get(`${name}.attn.in_proj_weight`);
    const { data: b } = this.weights.get(`${name}.attn.in_proj_bias`);
    const [q, k, v] = [0, 1, 2].map((i) => {
      const part = w.subarray(i * width * width, (i + 1) * width * width);
      return this.heads(this.product(y, transposed(part, width, width), width, width,
        b.slice(i * width, (i + 1) * width)), 0, width, n_heads);
    });
    let scores = g.add("MatMul", [q, g.add("Transpose", [k], { perm: [0, 1, 3, 2] })]);
    scores = g.add("Mul", [scores, g.scalar(1 / Math.sqrt(width / n_heads))]);
    if (mask) scores = g.add("Add", [scores, mask]);
    let out = g.add("MatMul", [g.add("Softmax", [scores], { axis: 3 }), v]);
    out = g.add("Reshape", [g.add("Transpose", [out], { perm: [0, 2, 1, 3] }), g.integers([0, 0, width])]);
    x = g.add("Add", [x, this.linear(out, `${name}.attn.out_proj`)]);
    let hidden = this.linear(this.norm(x, `${name}.ln_2`), `${name}.mlp.c_fc`);
    const gate = g.add("Sigmoid", [g.add("Mul", [hidden, g.scalar(1.702)])]);
    hidden = g.add("Mul", [hidden, gate]);
    return g.add("Add", [x, this.linear(hidden, `${name}.mlp.c_proj`)]);
  }

  blocks(x, prefix, width, n_heads, mask) {
    for (let i = 0; this.weights.has(`${prefix}.${i}.ln_1.weight`); i++)
      x = this.block(x, `${prefix}.${i}`, width, n_heads, mask);
    return x;
  }

  project(x, name) {
    const { shape: [k, n], data } = this.weights.get(name);
    return this.product(x, data, k, n, null);
  }
}

function image(weights, int8) {
  const tower = new Tower(weights, int8), g = tower.g;
  const { shape: [width, , patch], data: kernel } = weights.get("visual.conv1.weight");
  const { shape: [n_tokens] } = weights.get("visual.positional_embedding");
  const side = Math.sqrt(n_tokens - 1) * patch;
  const pixels = g.input("pixels", FLOAT, ["batch", 3, side, side]);
  let x = g.add("Conv", [pixels, g.constant([width, 3, patch, patch], kernel)],
    { kernel_shape: [patch, patch], strides: [patch, patch] });
  x = g.add("Transpose", [g.add("Reshape", [x, g.integers([0, width, (side / patch) ** 2])])], { perm: [0, 2, 1] });
  const first = g.add("Slice", [x, g.integers([0]), g.integers([1]), g.integers([1])]);
  const token = g.constant([1, 1, width], weights.get("visual.class_embedding").data);
  x = g.add("Concat", [g.add("Add", [g.add("Mul", [first, g.scalar(0)]), token]), x], { axis: 1 });
  x = g.add("Add", [x, tower.vector("visual.positional_embedding")]);
  x = tower.blocks(tower.norm(x, "visual.ln_pre"), "visual.transformer.resblocks", width, width / 64, null);
  x = g.add("Slice", [x, g.integers([0]), g.integers([1]), g.integers([1])]);
  x = tower.project(tower.norm(x, "visual.ln_post"), "visual.proj");
  return { ...g.finish(x, ["batch", 1, "embed"]), side };
}

// Texts of n_tokens, the last of which is pooled: a peer's graph has no use for tokens behind the end either.
function text(weights, int8, n_tokens) {
  const tower = new Tower(weights, int8), g = tower.g;
  const { shape: [, width] } = weights.get("token_embedding.weight");
  const ids = g.input("ids", INT64, ["batch", n_tokens]);
  const position = weights.get("positional_embedding").data.slice(0, n_tokens * width);
  let x = g.add("Add", [g.add("Gather", [tower.vector("token_embedding.weight"), ids]),
    g.constant([n_tokens, width], position)]);
  const mask = new Float32Array(n_tokens * n_tokens);
  for (let i = 0; i < n_tokens; i++) mask.fill(-1e9, i * n_tokens + i + 1, (i + 1) * n_tokens);
  x = tower.blocks(x, "transformer.resblocks", width, width / 64, g.constant([n_tokens, n_tokens], mask));
  x = g.add("Slice", [x, g.integers([n_tokens - 1]), g.integers([n_tokens]), g.integers([1])]);
  x = tower.project(tower.norm(x, "ln_final"), "text_projection");
  return g.finish(x, ["batch", 1, "embed"]);
}

module.exports = { image, text };
