// Writes ONNX models: just enough of its protobuf (onnx.proto3) for the graphs of peers' benchmarks.
"use strict";

const FLOAT = 1, UINT8 = 2, INT8 = 3, INT64 = 7;
const OPSET = 17; // LayerNormalization

function varint(value) {
  const bytes = [];
  let rest = BigInt(value);
  do {
    const low = Number(rest & 0x7fn);
    rest >>= 7n;
    bytes.push(rest ? low | 0x80 : low);
  } while (rest);
  return Buffer.from(bytes);
}

const key = (field, wire) => varint(field * 8 + wire);
const number = (field, value) => [key(field, 0), varint(value)];
const bytes = (field, parts) => {
  const flat = Array.isArray(parts) ? parts.flat(Infinity) : [parts];
  return [key(field, 2), varint(flat.reduce((n, b) => n + b.length, 0)), flat];
};
const text = (field, value) => bytes(field, Buffer.from(value));
const float = (field, value) => {
  const buffer = Buffer.alloc(4);
  buffer.writeFloatLE(value);
  return [key(field, 5), buffer];
};

function attribute(name, value) {
  if (Array.isArray(value)) return [text(1, name), value.map((v) => number(8, v)), number(20, 7)];
  if (Number.isInteger(value)) return [text(1, name), number(3, value), number(20, 2)];
  return [text(1, name), float(2, value.float), number(20, 1)];
}

function tensor(name, type, dims, data) {
  const raw = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
  return [dims.map((d) => number(1, d)), number(2, type), text(8, name), bytes(9, raw)];
}

function valueInfo(name, type, dims) {
  const shape = dims.map((d) => bytes(1, typeof d === "string" ? text(2, d) : number(1, d)));
  return [text(1, name), bytes(2, bytes(1, [number(1, type), bytes(2, shape)]))];
}

class Graph {
  constructor() {
    this.nodes = [];
    this.initializers = [];
    this.inputs = [];
    this.count = 0;
  }

  // Adds a node and returns the names of its outputs, or the one.
  add(op, inputs, attributes = {}, outputs = 1) {
    const names = Array.from({ length: outputs }, () => `t${this.count++}`);
    this.nodes.push([
      inputs.map((i) => text(1, i)), names.map((o) => text(2, o)), text(3, names[0]), text(4, op),
      Object.entries(attributes).map(([n, v]) => bytes(5, attribute(n, v))),
    ]);
    return outputs === 1 ? names[0] : names;
  }

  constant(dims, data, type = FLOAT) {
    const name = `c${this.count++}`;
    this.initializers.push(tensor(name, type, dims, data));
    return name;
  }

  scalar(value) { return this.constant([], Float32Array.of(value)); }
  integers(values) { return this.constant([values.length], BigInt64Array.from(values.map(BigInt)), INT64); }

  input(name, type, dims) {
    this.inputs.push(valueInfo(name, type, dims));
    return name;
  }

  // The model's file as a list of buffers; output becomes "output".
  finish(output, dims) {
    const last = this.add("Identity", [output]);
    const graph = [
      this.nodes.map((n) => bytes(1, n)), text(2, "clip"), this.initializers.map((t) => bytes(5, t)),
      this.inputs.map((i) => bytes(11, i)), bytes(12, valueInfo(last, FLOAT, dims)),
    ];
    return { output: last, parts: [number(1, 8), bytes(8, [text(1, ""), number(2, OPSET)]), bytes(7, graph)].flat(Infinity) };
  }
}

module.exports = { Graph, FLOAT, UINT8, INT8, INT64 };
