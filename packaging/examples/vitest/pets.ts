/** The client that is tested. */
export interface Pet {
  id: number;
  name: string;
  kind?: "cat" | "dog" | "fish";
}

export class Pets {
  constructor(
    private readonly base: string,
    private readonly token: string,
  ) {}

  list(): Promise<Pet[]> {
    return this.#send("GET", "/pets");
  }

  add(pet: Omit<Pet, "id">): Promise<Pet> {
    return this.#send("POST", "/pets", pet);
  }

  async remove(id: number): Promise<void> {
    await this.#send("DELETE", `/pets/${id}`);
  }

  async #send(method: string, path: string, body?: unknown): Promise<any> {
    const headers: Record<string, string> = { authorization: `Bearer ${this.token}` };
    if (body !== undefined) headers["content-type"] = "application/json";
    const answer = await fetch(this.base + path, { method, headers, body: JSON.stringify(body) });
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status}`);
    return answer.status === 204 ? undefined : answer.json();
  }
}
