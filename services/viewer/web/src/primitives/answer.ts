import type { Resource } from "solid-js";

/** What a resource holds. Its own `latest` throws when the last question failed. */
export const answer = <T>(resource: Resource<T>): T | undefined =>
  resource.error === undefined ? resource.latest : undefined;
