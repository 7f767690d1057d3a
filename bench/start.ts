export async function measureStart(_: unknown): Promise<unknown> { return {}; }
