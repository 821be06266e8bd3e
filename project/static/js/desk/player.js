// Plays one clip, deliberately: nothing sounds before a step was taken, and one call stops it at once.
// Counts what really sounded (replays too), through a limiter, so that no recording startles.

import WaveSurfer from "/static/lib/wavesurfer/wavesurfer.esm.js";
import Regions from "/static/lib/wavesurfer/plugins/regions.esm.js";

const LIMIT_DB = -9;
const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

// A colour token resolved to what canvas understands: light-dark() is not known there.
function paint(name) {
  const probe = document.createElement("span");
  probe.style.color = `var(${name})`;
  document.body.append(probe);
  const found = getComputedStyle(probe).color;
  probe.remove();
  return found || colour(name);
}

export class Player {
  constructor(place, nonce, { onTime, onState, onSpans }) {
    this.place = place;
    this.nonce = nonce;
    this.tell = { onTime, onState, onSpans };
    this.heard = 0;
    this.version = null;
    this.wave = null;
  }

  // Draw the clip from its outline alone; no sound is fetched.
  open(lease, outline) {
    this.close();
    this.lease = lease;
    this.heard = 0;
    this.outline = { ...outline, peaks: outline.peaks.map((value) => value / 127) };
    this.regions = Regions.create();
    this.wave = WaveSurfer.create({
      container: this.place,
      height: 96,
      cspNonce: this.nonce,
      waveColor: paint("--line-strong"),
      progressColor: paint("--accent"),
      cursorColor: paint("--ink"),
      cursorWidth: 2,
      peaks: [outline.peaks],
      duration: lease.clip.duration_ms / 1000,
      plugins: [this.regions],
      dragToSeek: false,
      interact: true,
    });
    for (const [start, end] of outline.loud) this.shade(start, end, "--warn-tint", "loud");
    this.regions.enableDragSelection({ color: "rgba(23, 99, 91, 0.25)" });
    this.regions.on("region-created", () => this.tell.onSpans(this.spans()));
    this.regions.on("region-updated", () => this.tell.onSpans(this.spans()));
    this.regions.on("region-double-clicked", (region) => { region.remove(); this.tell.onSpans(this.spans()); });
    this.wave.on("timeupdate", (seconds) => this.tell.onTime(seconds));
    for (const event of ["play", "pause", "finish"]) this.wave.on(event, () => { this.count(); this.tell.onState(); });
    this.ticker = setInterval(() => this.count(), 250);
  }

  shade(startMs, endMs, name, id) {
    this.regions.addRegion({ id: `${id}-${startMs}`, start: startMs / 1000, end: endMs / 1000, color: paint(name), drag: false, resize: false });
  }

  // Take a step of the ladder: from here on the service counts this clip as served.
  async step(version) {
    const at = this.wave.getCurrentTime();
    this.stop();
    this.version = version;
    const media = this.wave.getMediaElement();
    media.loop = false;
    media.autoplay = false;
    await this.wave.load(`${this.lease.audio_url}?version=${version}`, [this.outline.peaks], this.lease.clip.duration_ms / 1000);
    if (at && at < this.wave.getDuration()) this.wave.setTime(at);
    this.limit();
  }

  // Between the recording and the ear: a hard limiter, set once per media element, resumed by the person's own gesture.
  limit() {
    if (this.context) return;
    const media = this.wave.getMediaElement();
    this.context = new AudioContext();
    const limiter = new DynamicsCompressorNode(this.context, { threshold: LIMIT_DB, knee: 0, ratio: 20, attack: 0.001, release: 0.1 });
    this.context.createMediaElementSource(media).connect(limiter).connect(this.context.destination);
  }

  async toggle() {
    if (!this.version) return;
    if (this.wave.isPlaying()) { this.wave.pause(); return; }
    await this.context?.resume();
    if (this.wave.getCurrentTime() >= this.wave.getDuration() - 0.05) this.wave.setTime(0);
    await this.wave.play();
  }

  stop() {
    if (!this.wave) return;
    this.count();
    this.wave.pause();
    this.wave.setTime(0);
  }

  // Wall-clock milliseconds during which sound came out; the tick before a pause counts up to the pause.
  count() {
    const now = performance.now();
    if (this.sounding) this.heard += now - this.sounding;
    this.sounding = this.wave?.isPlaying() ? now : 0;
  }

  heardMs() { this.count(); return Math.round(this.heard); }
  isPlaying() { return Boolean(this.wave?.isPlaying()); }
  seek(by) { if (this.version) this.wave.setTime(Math.max(0, Math.min(this.wave.getDuration(), this.wave.getCurrentTime() + by))); }
  speed(rate) { this.wave?.setPlaybackRate(rate, true); }

  // Press once at the start of a span, once at its end.
  mark() {
    const now = this.wave.getCurrentTime();
    if (this.marking === undefined) { this.marking = now; return; }
    const [start, end] = [Math.min(this.marking, now), Math.max(this.marking, now)];
    this.marking = undefined;
    if (end - start >= 0.05) this.regions.addRegion({ start, end, color: "rgba(23, 99, 91, 0.25)" });
  }

  // What the person marked, in milliseconds within the clip.
  spans() {
    const most = this.lease.clip.duration_ms;
    return this.regions.getRegions().filter((region) => !region.id.startsWith("loud-"))
      .map((region) => ({ start_ms: Math.max(0, Math.round(region.start * 1000)), end_ms: Math.min(most, Math.round(region.end * 1000)) }))
      .filter((span) => span.end_ms > span.start_ms);
  }

  close() {
    clearInterval(this.ticker);
    this.wave?.destroy();
    this.context?.close();
    this.wave = this.context = this.version = null;
    this.sounding = 0;
    this.marking = undefined;
    this.place.replaceChildren();
  }
}
