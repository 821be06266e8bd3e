// Between a recording and the ear. Whatever the recording, nothing comes out above the ceiling, and what is quieter
// than the threshold comes out as it is: a limiter must not make a quiet clip louder.

export const THRESHOLD_DB = -14; // from here on it is turned down
export const CEILING_DB = -9; // and nothing is ever above this
const RATIO = 20;
const SPEECH_DB = -23; // EBU R 128's level, to which a loud original is brought down
const CREST_DB = 10; // by how much the peaks of speech stand above its level

const gainOf = (db) => 10 ** (db / 20);

// The compressor raises everything by a make-up gain that cannot be switched off (Web Audio API, section 1.19): the
// 0.6th power of what it takes from full scale. It is taken back here.
const MAKE_UP_DB = 0.6 * (THRESHOLD_DB / RATIO - THRESHOLD_DB);

// Straight up to the ceiling, flat beyond it: what the compressor's attack lets through for a millisecond ends here.
function ceiling() {
  const most = gainOf(CEILING_DB);
  return Float32Array.from({ length: 4097 }, (_, place) => Math.max(-most, Math.min(most, (place - 2048) / 2048)));
}

// Connect `source` through the limiter; returns the last node. Works in an OfflineAudioContext too, where it is measured.
export function limited(context, source, gain = 1) {
  const before = new GainNode(context, { gain });
  const compressor = new DynamicsCompressorNode(context, { threshold: THRESHOLD_DB, knee: 0, ratio: RATIO, attack: 0.001, release: 0.1 });
  const after = new GainNode(context, { gain: gainOf(-MAKE_UP_DB) });
  const flat = new WaveShaperNode(context, { curve: ceiling(), oversample: "none" });
  source.connect(before).connect(compressor).connect(after).connect(flat);
  return { gain: before.gain, output: flat };
}

// By how much an original is turned down so that its speech is as loud as EBU R 128 has it; never up. From its outline:
// low, high, low, high... of full scale 1.
export function gainFor(peaks) {
  const heights = [];
  for (let place = 0; place + 1 < peaks.length; place += 2) heights.push(Math.max(Math.abs(peaks[place]), Math.abs(peaks[place + 1])));
  const spoken = heights.filter((height) => height > 0.02);
  if (!spoken.length) return 1;
  const level = Math.sqrt(spoken.reduce((sum, height) => sum + height * height, 0) / spoken.length);
  return Math.min(1, gainOf(SPEECH_DB + CREST_DB) / level);
}
