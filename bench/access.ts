export async function measureAccess(_: unknown): Promise<unknown> { return {}; }
