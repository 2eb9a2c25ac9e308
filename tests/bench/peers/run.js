// Ours against ONNX Runtime on the same checkpoints, in turn; see README.md.
"use strict";
const { execFileSync } = require("child_process");
const fs = require("fs");
const os = require("os");
const path = require("path");
const clip = require("./clip");
const safetensors = require("./safetensors");

const TEXT_TOKENS = 13; // an ordinary prompt with both ends

function fail(message) {
  console.error(`peers: ${message}`);
  process.exit(2);
}

const options = { towers: "b32", precisions: "f32,int8", threads: "1,2", batches: "1,8", rounds: "3", seconds: "1" };
for (let i = 2; i < process.argv.length; i += 2) {
  const name = process.argv[i].replace(/^--/, "");
  if (!(name in options) || process.argv[i + 1] === undefined)
    fail(`unknown option ${process.argv[i]}; there are --${Object.keys(options).join(" LIST, --")} LIST`);
  options[name] = process.argv[i + 1];
}
const { BUILD, WORK } = process.env;
const { InferenceSession, Tensor } = require(path.join(WORK, "node_modules/onnxruntime-node"));
const program = path.join(BUILD, "core/cli/clipwatch");
const shapes = { b32: "vit-b-32", b16: "vit-b-16", l14: "vit-l-14", text: "vit-b-32" };
// OpenBLAS may be told in the environment to be slower than it is; ours is to find its own packed weights.
const environment = { ...process.env, CLIPWATCH_CACHE: path.join(WORK, "cache") };
for (const name of Object.keys(environment)) if (name.startsWith("OPENBLAS_")) delete environment[name];

const median = (values) => {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)];
};

function ours(args) {
  const out = execFileSync(program, args, { env: environment, encoding: "utf8", maxBuffer: 1 << 24 });
  return JSON.parse(out);
}

function checkpoint(shape) {
  const directory = path.join(WORK, shape);
  if (!fs.existsSync(path.join(directory, "open_clip_model.safetensors")))
    execFileSync(path.join(BUILD, "tests/support/make_checkpoint"), [directory, shape, "f32"]);
  return directory;
}

async function open(file, parts, threads) {
  if (!fs.existsSync(file)) {
    const fd = fs.openSync(`${file}.part`, "w");
    for (const part of parts()) fs.writeSync(fd, part);
    fs.closeSync(fd);
    fs.renameSync(`${file}.part`, file);
  }
  return InferenceSession.create(file, { intraOpNumThreads: threads, interOpNumThreads: 1, graphOptimizationLevel: "all" });
}

function unit(data) {
  const length = Math.hypot(...data);
  return Float32Array.from(data, (v) => v / length);
}

// The same input through both: a graph that computes something else proves nothing.
async function compare(tower, directory, session, feeds, name) {
  const out = await session.run(feeds(1));
  const embedding = unit(Object.values(out)[0].data);
  const golden = path.join(WORK, `${name}.safetensors`);
  const shape = [1, embedding.length];
  const input = Object.values(feeds(1))[0];
  if (tower === "text") {
    const ids = new Int32Array(77);
    input.data.forEach((id, i) => { ids[i] = Number(id); });
    safetensors.write(golden, { input_ids: { shape: [1, 77], data: ids }, text_embeds: { shape, data: embedding } });
  } else {
    safetensors.write(golden, {
      pixel_values: { shape: input.dims, data: input.data }, image_embeds: { shape, data: embedding },
    });
  }
  let result;
  try {
    result = ours(["selftest", directory, "--golden", golden, "--precision", "f32", "--tolerance", "0.0001"]);
  } catch (error) {
    fail(`${name}: ONNX Runtime and we disagree: ${error.stdout || error.message}`);
  }
  return (result.image_embeds ?? result.text_embeds).min_cosine;
}

async function burst(session, feeds, batch, seconds) {
  const times = [], input = feeds(batch), end = performance.now() + seconds * 1000;
  do {
    const start = performance.now();
    await session.run(input);
    times.push((performance.now() - start) / batch);
  } while (performance.now() < end || times.length < 3);
  return median(times);
}

function makeFeeds(tower, session, side) {
  return (batch) => {
    if (tower === "text") {
      const ids = BigInt64Array.from({ length: batch * TEXT_TOKENS },
        (_, i) => (i % TEXT_TOKENS === TEXT_TOKENS - 1 ? 49407n : BigInt(320 + ((i * 7919) % 40000))));
      return { [session.inputNames[0]]: new Tensor("int64", ids, [batch, TEXT_TOKENS]) };
    }
    const pixels = Float32Array.from({ length: batch * 3 * side * side }, (_, i) => ((i * 7919) % 1000) / 250 - 2);
    return { [session.inputNames[0]]: new Tensor("float32", pixels, [batch, 3, side, side]) };
  };
}

async function cell(tower, precision, threads, batch, directory, session, feeds, cosine) {
  const pairs = [];
  for (let round = 0; round < Number(options.rounds); round++) {
    const theirs = await burst(session, feeds, batch, Number(options.seconds));
    const args = ["bench", tower === "text" ? "text" : "encoder", "--precision", precision, "--threads", `${threads}`,
      "--batch", `${batch}`, "--seconds", options.seconds, directory];
    pairs.push({ theirs, line: ours(args) });
  }
  const mine = (line) => (tower === "text" ? (line.ms_per_text / line.tokens_per_text) * TEXT_TOKENS : line.ms_per_image);
  const line = {
    peer: "onnxruntime", tower: shapes[tower] + (tower === "text" ? " text" : ""), precision, threads, batch,
    cpu: pairs[0].line.cpu, isa: pairs[0].line.isa, peer_ms: median(pairs.map((p) => p.theirs)),
    ms: median(pairs.map((p) => mine(p.line))), faster: median(pairs.map((p) => p.theirs / mine(p.line))),
    share_of_peak: median(pairs.map((p) => p.line.share_of_peak ?? 0)),
    threads_speedup_probe: threads > 1 ? median(pairs.map((p) => p.line.threads_speedup_probe)) : undefined,
    cosine_f32: cosine, rounds: pairs.length,
  };
  console.log(JSON.stringify(line));
  return line;
}

async function main() {
  const lines = [];
  for (const tower of options.towers.split(",")) {
    if (!(tower in shapes)) fail(`no tower '${tower}'; there are ${Object.keys(shapes).join(", ")}`);
    const directory = checkpoint(shapes[tower]);
    let cosine, weights;
    const load = () => (weights ??= safetensors.read(path.join(directory, "open_clip_model.safetensors")));
    for (const precision of ["f32", ...options.precisions.split(",").filter((p) => p !== "f32")])
      for (const threads of options.threads.split(",").map(Number)) {
        const name = `${shapes[tower]}-${tower === "text" ? "text" : "image"}-${precision}`;
        const build = () => (tower === "text" ? clip.text(load(), precision === "int8", TEXT_TOKENS)
          : clip.image(load(), precision === "int8")).parts;
        const session = await open(path.join(WORK, `${name}.onnx`), build, threads);
        const feeds = makeFeeds(tower, session, 224);
        cosine ??= await compare(tower, directory, session, feeds, name);
        if (options.precisions.split(",").includes(precision))
          for (const batch of options.batches.split(",").map(Number))
            lines.push(await cell(tower, precision, threads, batch, directory, session, feeds, cosine));
        await session.release();
      }
  }
  console.log("\n| tower | precision | threads | batch | ONNX Runtime, ms | ours, ms | times faster | share of the ceiling |");
  console.log("|---|---|---|---|---|---|---|---|");
  for (const l of lines)
    console.log(`| ${l.tower} | ${l.precision} | ${l.threads} | ${l.batch} | ${l.peer_ms.toFixed(2)} | ${l.ms.toFixed(2)} | ` +
      `${l.faster.toFixed(2)} | ${l.share_of_peak.toFixed(2)} |`);
}

main().catch((error) => fail(error.stack));
