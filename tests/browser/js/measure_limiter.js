// Render a recording through the player's own limiter, and measure what comes out. Levels in dB of full scale.
async ([audio, original]) => {
  const { limited, gainFor, CEILING_DB } = await import("/static/js/desk/limiter.js");
  const raw = Uint8Array.from(atob(audio), (letter) => letter.charCodeAt(0)).buffer;
  const context = new OfflineAudioContext(1, 48000 * 3, 48000);
  const source = context.createBufferSource();
  source.buffer = await context.decodeAudioData(raw);
  const came = source.buffer.getChannelData(0);
  const peaks = [];
  for (let at = 0; at + 480 < came.length; at += 480) {
    const part = came.slice(at, at + 480);
    peaks.push(Math.min(...part), Math.max(...part));
  }
  limited(context, source, original ? gainFor(peaks) : 1).output.connect(context.destination);
  source.start();
  const went = (await context.startRendering()).getChannelData(0).slice(4800, -4800);
  const peak = (samples) => samples.reduce((most, one) => Math.max(most, Math.abs(one)), 0);
  const level = (samples) => Math.sqrt(samples.reduce((sum, one) => sum + one * one, 0) / samples.length);
  const db = (value) => 20 * Math.log10(value);
  return {
    ceiling: CEILING_DB,
    peakIn: db(peak(came)),
    peakOut: db(peak(went)),
    levelIn: db(level(came)),
    levelOut: db(level(went)),
  };
}
