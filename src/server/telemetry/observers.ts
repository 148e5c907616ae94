/** Several observers as one: each hears of every request, and each may watch the store. */
import type { Observation, Observer } from "../observer.ts";

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
      const requestId = heard.find((one) => one.requestId !== undefined)?.requestId;
      return {
        ...(requestId !== undefined && { requestId }),
        store: (store) => heard.reduce((inner, one) => one.store?.(inner) ?? inner, store),
        run: (work) => heard.reduce((inner, one) => (one.run ? () => one.run!(inner) : inner), work)(),
        end(outcome) {
          for (const one of heard) one.end(outcome);
        },
      };
    },
  };
}
