// The next clip, fetched while the present one is on the desk: its own lease, and in memory only its label, words,
// outline and suggestions, so that it opens without asking anybody. Its softened sound comes locked; the key is asked
// for when the person takes that step, and that is what counts as heard. Nothing of it is kept anywhere else.

import { bytes, call, farewell, Refused } from "./api.js";

const CAN_UNLOCK = Boolean(globalThis.crypto?.subtle); // only on https and on this machine; elsewhere sound is streamed
const LONGEST_MS = 240000;
const GRAVEST = 3;

// A clip with all that the desk needs to open it.
export async function gathered(lease, isAhead) {
  const locked = isAhead && CAN_UNLOCK && lease.clip.duration_ms <= LONGEST_MS;
  const [outline, suggestions, sound] = await Promise.all([
    call("GET", `leases/${lease.id}/waveform/`),
    lease.clip.transcript ? call("GET", `leases/${lease.id}/suggestions/`).catch(ignoreRefusal) : null,
    locked ? bytes(`leases/${lease.id}/ahead/`).catch(ignoreRefusal) : null,
  ]);
  return { lease, outline: outline.data, suggestions: suggestions?.data?.suggestions ?? [], sound };
}

function ignoreRefusal(error) {
  if (!(error instanceof Refused)) throw error;
  return null;
}

const uuidBytes = (id) => Uint8Array.from(id.replaceAll("-", "").match(/../g), (pair) => parseInt(pair, 16));

// The softened sound of a gathered clip as a Blob, or nothing when it was not fetched ahead.
export async function unlocked({ lease, sound }) {
  if (!sound) return undefined;
  const { data } = await call("POST", `leases/${lease.id}/unlock/`, {});
  const raw = Uint8Array.from(atob(data.key), (letter) => letter.charCodeAt(0));
  const key = await crypto.subtle.importKey("raw", raw, "AES-GCM", false, ["decrypt"]);
  const how = { name: "AES-GCM", iv: sound.slice(0, 12), additionalData: uuidBytes(lease.id) };
  return new Blob([await crypto.subtle.decrypt(how, key, sound.slice(12))], { type: "audio/flac" });
}

export class Ahead {
  constructor() { this.held = this.found = this.asking = null; }

  get leaseId() { return this.held?.id; }

  // Claim and gather the next clip, in the background. After a gravest clip comes rest, so nothing is claimed then.
  prepare(present) {
    if (this.held || this.asking || present.clip.predicted_severity === GRAVEST) return this.asking;
    this.asking = this.ask().catch(() => {}).finally(() => { this.asking = null; });
    return this.asking;
  }

  async ask() {
    const { status, data } = await call("POST", "shifts/current/claim/", {});
    if (status === 201) await this.keep(data.lease);
  }

  // A lease that is on the desk already: after a reload.
  async keep(lease) {
    this.held = lease;
    const found = await gathered(lease, true);
    if (this.held === lease) this.found = found;
  }

  // Wait for what is on its way; where only the lease arrived, fetch the rest now.
  async ready() {
    await this.asking;
    if (this.held && !this.found) await this.keep(this.held);
  }

  // Hand it out; from then on it is the clip on the desk.
  take() {
    const found = this.found;
    this.found = this.held = null;
    return found;
  }

  // The heartbeat of its own lease; one that is gone is forgotten.
  async beat() {
    if (!this.held) return;
    const { id } = this.held;
    await call("POST", `leases/${id}/extend/`, {}).catch((error) => { if (error instanceof Refused && this.held?.id === id) this.take(); });
  }

  // Give it back unheard, with its place in the quota.
  async putBack() {
    await this.asking;
    const { held } = this;
    this.take();
    if (held) await call("POST", `leases/${held.id}/release/`, {}).catch(() => {});
  }

  leave() {
    if (this.held) farewell(`leases/${this.held.id}/release/`, {});
    this.take();
  }
}
