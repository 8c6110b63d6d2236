// Reads { tool, arguments } as JSON from its standard input and writes the tool's result.
let text = ''
for await (const chunk of process.stdin) text += chunk
const { postcode } = JSON.parse(text).arguments
const first = Number(postcode[4]) % 5
const days = ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday']
console.log(JSON.stringify({ postcode, days: [days[first], days[(first + 2) % 5]] }))
