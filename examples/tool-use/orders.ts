/** What the shop would say of an order: always the same of the same number. */
export function orderStatus(order: string) {
  const number = Number(order.slice(-4))
  const states = ['packed', 'with the carrier', 'out for delivery', 'delivered']
  if (number % 10 === 0) return { error: `no order ${order}` }
  return { order, state: states[number % states.length], carrier: 'Nordpost' }
}
