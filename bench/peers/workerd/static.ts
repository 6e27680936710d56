// workerd with a static Worker: what a warm call costs there. Types are stripped before it starts.

// oxlint-disable-next-line no-default-export -- the shape of a Worker
export default {
  async fetch(request: Request): Promise<Response> {
    if (request.method !== 'POST') return Response.json({ status: 'healthy' })
    const { x, y } = (await request.json()) as { readonly x: number; readonly y: number }
    return Response.json({ sum: x + y })
  },
}
