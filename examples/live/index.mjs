// A function that does what its event tells it to. `handler` answers whole,
// `stream` as it writes. The event is that of an HTTP front door, with the plan
// as JSON in its body, or the plan itself.

const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

class Planned extends Error {
  constructor(message) {
    super(message);
    this.name = "Planned";
  }
}

function planOf(event) {
  if (!event || !event.requestContext) return event ?? {};
  if (!event.body) return { echo: true };
  const body = event.isBase64Encoded ? Buffer.from(event.body, "base64").toString() : event.body;
  try {
    return JSON.parse(body);
  } catch {
    return { echo: true };
  }
}

async function prepare(plan) {
  if (plan.log) console.log(plan.log);
  if (plan.wait) await wait(plan.wait);
  if (plan.exit !== undefined) process.exit(plan.exit);
}

export const handler = async (event, context) => {
  const plan = planOf(event);
  await prepare(plan);
  if (plan.fail !== undefined) throw new Planned(plan.fail);
  if (plan.fill) return "x".repeat(plan.fill);
  if (plan.context) return { version: context.functionVersion, client: context.clientContext ?? null };
  if (plan.echo) return { statusCode: 200, body: JSON.stringify(event) };
  return "answer" in plan ? plan.answer : plan;
};

export const stream = awslambda.streamifyResponse(async (event, response) => {
  const plan = planOf(event);
  await prepare(plan);
  if (plan.head) response = awslambda.HttpResponseStream.from(response, plan.head);
  for (const chunk of plan.chunks ?? []) {
    response.write(chunk);
    await wait(plan.gap ?? 0);
  }
  if (plan.fail !== undefined) throw new Planned(plan.fail);
  response.end();
});
