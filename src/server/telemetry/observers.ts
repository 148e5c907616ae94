/** Several observers as one: each hears of every request, and each may watch the store. */
import type { Store } from "../../store.ts";
import type { Observation, Observer, Outcome } from "../observer.ts";

export function observers(all: readonly Observer[]): Observer {
  return {
    attach: (gauges) => {
      for (const one of all) one.attach?.(gauges);
    },
    begin(request) {
      const heard: Observation[] = [];
      for (const one of all) {
        const observation = one.begin(request);
        if (observation !== undefined) heard.push(observation);
      }
      return new Observations(heard);
    },
  };
}

class Observations implements Observation {
  readonly requestId: string | undefined;
  readonly #heard: readonly Observation[];

  constructor(heard: readonly Observation[]) {
    this.#heard = heard;
    this.requestId = heard.find((one) => one.requestId !== undefined)?.requestId;
  }

  store(store: Store): Store {
    let watched = store;
    for (const one of this.#heard) watched = one.store?.(watched) ?? watched;
    return watched;
  }

  /** The last one's surrounds those of the others. */
  run<T>(work: () => T): T {
    let surrounded = work;
    for (const one of this.#heard) {
      if (one.run === undefined) continue;
      const inner = surrounded;
      surrounded = () => one.run!(inner);
    }
    return surrounded();
  }

  end(outcome: Outcome): void {
    for (const one of this.#heard) one.end(outcome);
  }
}
