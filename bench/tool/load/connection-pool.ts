// Connections of a load, opened before it starts; one that broke is replaced before it is used again.
import { LoadConnection } from './load-connection.ts'

export class ConnectionPool implements Disposable {
  readonly #url: string
  readonly #connections: LoadConnection[]

  private constructor(url: string, connections: LoadConnection[]) {
    this.#url = url
    this.#connections = connections
  }

  static async open(url: string, count: number): Promise<ConnectionPool> {
    const opening = Array.from({ length: count }, async () => LoadConnection.open(url))
    return new ConnectionPool(url, await Promise.all(opening))
  }

  get size(): number {
    return this.#connections.length
  }

  /** Rejects when the target does not take connections any more. */
  async at(index: number): Promise<LoadConnection> {
    const connection = this.#connections[index]
    if (connection?.isOpen === true) return connection
    const replaced = await LoadConnection.open(this.#url)
    this.#connections[index] = replaced
    return replaced
  }

  [Symbol.dispose](): void {
    for (const connection of this.#connections) connection[Symbol.dispose]()
  }
}
