// The same as worker.py, by sharp: one thread, no cache. usage: node sharp_worker.cjs NODE_MODULES
const fs = require('fs');
const readline = require('readline');
const sharp = require(require('path').resolve(process.argv[2], 'sharp'));

sharp.concurrency(1);
sharp.cache(false);

const box = { fit: 'inside', withoutEnlargement: true };

async function two(data) {
  const { data: pixels, info } = await sharp(data).rotate().resize(800, 800, box).raw().toBuffer({ resolveWithObject: true });
  const raw = { raw: { width: info.width, height: info.height, channels: info.channels } };
  const square = sharp(pixels, raw).resize(300, 300, { fit: 'cover' });
  return [await sharp(pixels, raw).toColourspace('b-w').png().toBuffer(), await square.jpeg({ quality: 85 }).toBuffer()];
}

async function five(data, { widths, decodes }) {
  const jpeg = { quality: 80, progressive: true };
  const load = () => sharp(data).rotate();
  if (decodes > 1) return Promise.all(widths.map((width) => load().resize(width, null, box).jpeg(jpeg).toBuffer()));
  const { data: pixels, info } = await load().resize(widths[0], null, box).raw().toBuffer({ resolveWithObject: true });
  const raw = { raw: { width: info.width, height: info.height, channels: info.channels } };
  return Promise.all(widths.map((width) => sharp(pixels, raw).resize(width, null, box).jpeg(jpeg).toBuffer()));
}

async function task(data, options) {
  if (options.outputs === 2) return two(data);
  if (options.widths) return five(data, options);
  const animated = options.animated === 'true';
  let image = sharp(data, { animated }).rotate().resize(Number(options.width), options.height ? Number(options.height) : null, box);
  if (options.grayscale === 'true') image = image.toColourspace('b-w');
  if (options.watermark) {
    const text = { text: { text: `<span foreground="white" alpha="60%">${options.watermark}</span>`, rgba: true, width: 400, height: 53 } };
    image = image.composite([{ input: text, gravity: 'southeast' }]);
  }
  const lossy = ['jpeg', 'webp'].includes(options.format) ? { quality: Number(options.quality) } : {};
  return [await image.toFormat(options.format || 'png', lossy).toBuffer()];
}

function peak() {
  return Number(/VmHWM:\s+(\d+)/.exec(fs.readFileSync('/proc/self/status', 'utf8'))[1]) * 1024;
}

async function answer(request) {
  const data = fs.readFileSync(request.photo);
  fs.writeFileSync('/proc/self/clear_refs', '5');
  const before = peak();
  const start = process.cpuUsage();
  const made = await task(data, request.options);
  const spent = process.cpuUsage(start);
  const rise = peak() - before;
  request.outputs.forEach((path, index) => made[index] && fs.writeFileSync(path, made[index]));
  return { cpu_ms: (spent.user + spent.system) / 1000, peak: rise };
}

(async () => {
  for await (const line of readline.createInterface({ input: process.stdin })) {
    const refused = (error) => ({ error: String(error) });
    console.log(JSON.stringify(await answer(JSON.parse(line)).catch(refused)));
  }
})();
