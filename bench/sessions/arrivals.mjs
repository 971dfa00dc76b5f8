/** What a listening side received: bytes of payload since it started. */
export class Arrivals {
  #total = 0
  #wanted = Infinity
  #tell = () => {}

  add(bytes) {
    this.#total += bytes
    if (this.#total >= this.#wanted) this.#tell()
  }

  async total() {
    return this.#total
  }

  /** Resolves when so many arrived; one at a time may wait. */
  reach(total) {
    if (this.#total >= total) return Promise.resolve()
    return new Promise(resolve => {
      this.#wanted = total
      this.#tell = () => {
        this.#wanted = Infinity
        resolve()
      }
    })
  }
}
