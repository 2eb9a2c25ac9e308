// Reads and writes safetensors files, f32 and int32.
"use strict";
const fs = require("fs");

function read(path) {
  const fd = fs.openSync(path, "r");
  const head = Buffer.alloc(8);
  fs.readSync(fd, head, 0, 8, 0);
  const n = Number(head.readBigUInt64LE());
  const header = Buffer.alloc(n);
  fs.readSync(fd, header, 0, n, 8);
  const entries = JSON.parse(header);
  return {
    has: (name) => name in entries,
    get(name) {
      const { dtype, shape, data_offsets: [begin, end] } = entries[name];
      if (dtype !== "F32") throw new Error(`${path}: ${name} is ${dtype}, not F32`);
      const data = new Float32Array((end - begin) / 4);
      fs.readSync(fd, Buffer.from(data.buffer), 0, end - begin, 8 + n + begin);
      return { shape, data };
    },
  };
}

// tensors: {name: {shape, data}} with Float32Array or Int32Array.
function write(path, tensors) {
  const header = {};
  let offset = 0;
  for (const [name, { shape, data }] of Object.entries(tensors)) {
    header[name] = {
      dtype: data instanceof Float32Array ? "F32" : "I32", shape, data_offsets: [offset, offset + data.byteLength],
    };
    offset += data.byteLength;
  }
  let json = JSON.stringify(header);
  json += " ".repeat((8 - (json.length % 8)) % 8);
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(json.length));
  fs.writeFileSync(path, Buffer.concat([length, Buffer.from(json),
    ...Object.values(tensors).map(({ data }) => Buffer.from(data.buffer, data.byteOffset, data.byteLength))]));
}

module.exports = { read, write };
