/**
 * Stands in for the library in which the SDK keeps the endpoints that it has discovered, in the functions' bundles: a table
 * has at most one, and nobody has it discovered. The library is a fiftieth of a bundle.
 */
export default class EndpointsFound<Endpoint> extends Map<string, Endpoint> {
  /** @param _capacity as the library is given it: more than there is to keep */
  constructor(_capacity: number) {
    super();
  }

  peek(key: string): Endpoint | undefined {
    return this.get(key);
  }
}
