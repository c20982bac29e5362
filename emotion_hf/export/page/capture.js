// Runs in the browser's audio thread: passes the microphone's samples on, the mean of its channels.

const SIZE = 2048;

registerProcessor("capture", class extends AudioWorkletProcessor {
  constructor() {
    super();
    this.samples = new Float32Array(SIZE);
    this.count = 0;
  }

  process([channels]) {
    const length = channels.length ? channels[0].length : 0;
    for (let at = 0; at < length; at++) {
      this.samples[this.count++] = channels.reduce((sum, channel) => sum + channel[at], 0) / channels.length;
      if (this.count === SIZE) {
        this.port.postMessage(this.samples.slice());
        this.count = 0;
      }
    }
    return true;
  }
});
