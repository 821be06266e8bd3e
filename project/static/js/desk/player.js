// Plays one clip, deliberately: nothing sounds before a step was taken, and one call stops it at once.
// Counts what really sounded (replays too), through a limiter, so that no recording startles.

import WaveSurfer from "/static/lib/wavesurfer/wavesurfer.esm.js";
import Regions from "/static/lib/wavesurfer/plugins/regions.esm.js";
import { gainFor, limited } from "./limiter.js";

const SHORTEST_SPAN = 0.05;
const MOST_SPANS = 18;

// A colour token resolved to what canvas understands: light-dark() is not known there.
function paint(name) {
  const probe = document.createElement("span");
  probe.style.color = `var(${name})`;
  document.body.append(probe);
  const found = getComputedStyle(probe).color;
  probe.remove();
  return found;
}

// The same, see-through: the waveform stands behind it.
const tint = (name) => paint(name).replace("rgb(", "rgba(").replace(")", ", 0.25)");

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
    this.peaks = outline.peaks.map((value) => value / 127);
    this.regions = Regions.create();
    this.wave = WaveSurfer.create({
      container: this.place,
      height: 96,
      cspNonce: this.nonce,
      waveColor: paint("--line-strong"),
      progressColor: paint("--accent"),
      cursorColor: paint("--ink"),
      cursorWidth: 2,
      peaks: [this.peaks],
      duration: lease.clip.duration_ms / 1000,
      plugins: [this.regions],
      dragToSeek: false,
      interact: true,
    });
    // Regions are placed by the clip's length, which the waveform knows only once it is ready.
    this.drawn = new Promise((resolve) => this.wave.once("ready", resolve));
    this.drawn.then(() => { if (this.lease === lease) for (const [start, end] of outline.loud) this.shade(start, end); });
    this.regions.enableDragSelection({ color: tint("--accent") });
    for (const event of ["region-created", "region-updated", "region-removed"]) this.regions.on(event, () => this.tell.onSpans(this.spans()));
    this.regions.on("region-double-clicked", (region) => region.remove());
    this.wave.on("timeupdate", (seconds) => this.tell.onTime(seconds));
    for (const event of ["play", "pause", "finish"]) this.wave.on(event, () => { this.count(); this.tell.onState(); });
    this.ticker = setInterval(() => this.count(), 250);
  }

  shade(startMs, endMs) {
    this.regions.addRegion({ id: `loud-${startMs}`, start: startMs / 1000, end: endMs / 1000, color: tint("--warn"), drag: false, resize: false });
  }

  // Take a step of the ladder: `sound` is a Blob that was unlocked just now, or nothing, and then it is streamed.
  async step(version, sound) {
    const at = this.wave.getCurrentTime();
    this.stop();
    const media = this.wave.getMediaElement();
    media.loop = false;
    media.autoplay = false;
    const seconds = this.lease.clip.duration_ms / 1000;
    if (sound) await this.wave.loadBlob(sound, [this.peaks], seconds);
    else await this.wave.load(`${this.lease.audio_url}?version=${version}`, [this.peaks], seconds);
    this.version = version;
    if (at && at < this.wave.getDuration()) this.wave.setTime(at);
    this.limit();
  }

  // Once per media element; resumed by the person's own gesture. A loud original is turned down as well.
  limit() {
    if (!this.context) {
      this.context = new AudioContext();
      const source = this.context.createMediaElementSource(this.wave.getMediaElement());
      this.limiter = limited(this.context, source);
      this.limiter.output.connect(this.context.destination);
    }
    this.limiter.gain.value = this.version === "original" ? gainFor(this.peaks) : 1;
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

  // What is to be reported: nothing before a step was taken, because then nothing can have been heard.
  heardMs() { this.count(); return this.version ? Math.round(this.heard) : undefined; }
  isPlaying() { return Boolean(this.wave?.isPlaying()); }
  seek(by) { if (this.version) this.wave.setTime(Math.max(0, Math.min(this.wave.getDuration(), this.wave.getCurrentTime() + by))); }
  speed(rate) { this.wave?.setPlaybackRate(rate, true); }

  // Press once at the start of a span, once at its end. Answers where the first one was set, or nothing.
  mark() {
    const now = this.wave.getCurrentTime();
    if (this.marking === undefined) { this.marking = now; return now; }
    const [start, end] = [Math.min(this.marking, now), Math.max(this.marking, now)];
    this.marking = undefined;
    if (end - start >= SHORTEST_SPAN) this.addSpan(start * 1000, end * 1000);
    return undefined;
  }

  // What the person marked, in milliseconds within the clip.
  spans() {
    const most = this.lease.clip.duration_ms;
    return this.regions.getRegions().filter((region) => !region.id.startsWith("loud-"))
      .map((region) => ({ id: region.id, start_ms: Math.max(0, Math.round(region.start * 1000)), end_ms: Math.min(most, Math.round(region.end * 1000)) }))
      .filter((span) => span.end_ms > span.start_ms)
      .slice(0, MOST_SPANS);
  }

  addSpan(startMs, endMs, id) {
    this.regions.addRegion({ ...(id ? { id } : {}), start: startMs / 1000, end: endMs / 1000, color: tint("--accent") });
  }

  region(id) { return this.regions.getRegions().find((region) => region.id === id); }
  removeSpan(id) { this.region(id)?.remove(); }
  moveSpan(id, startMs, endMs) { if (endMs > startMs) this.region(id)?.setOptions({ start: startMs / 1000, end: endMs / 1000 }); }

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
