import type { InventedTalk } from './conversations';

export const englishTalks: readonly InventedTalk[] = [
  {
    lines: [
      'Good day, this is Support, how can I help?',
      'Hello, I ordered a lamp on Monday and nobody has called me.',
      'One second. I see it: the courier has it today, between two and six.',
      'Fine, then I will be at home. Thanks.',
      'Thank you for waiting. Have a good day!',
    ],
    wish: 'To know where the order is',
    outcome: 'The order comes today, the client waits for the courier',
    tags: { politeness: 2, delivery: 1 },
  },
  {
    lines: [
      'Hello, you are speaking to Support.',
      'What does the large plan cost when I pay for a whole year?',
      'Two hundred and fifty, so two months are free.',
      'Can I begin with the small one and change later?',
      'Of course, at any time. The rest is counted in.',
      'Good, I will talk to my partner and call back.',
    ],
    wish: 'To choose a plan',
    outcome: 'The client thinks about it and will call back',
    tags: { price: 2, objection: 1 },
  },
  {
    lines: [
      'Support, good afternoon.',
      'Your app has shown me an error since this morning, I cannot pay.',
      'I am sorry. Which error do you see, and on which phone?',
      'It says "try again later". An old Android.',
      'Please update the app: the new release came an hour ago.',
      'It works now! You could have written to me, though.',
      'You are right, I will pass that on. Thank you for calling.',
    ],
    wish: 'To pay in the app',
    outcome: 'An update helped; the client would like to be told of failures',
    tags: { complaint: 1, politeness: 2 },
  },
  {
    lines: [
      'Good morning, how can I help you?',
      'I would like to move my appointment from Thursday to Friday.',
      'There is a place at eleven or at half past four.',
      'Half past four, please.',
      'Done. You get a message the day before.',
      'Great, thank you.',
    ],
    wish: 'To move an appointment',
    outcome: 'Moved to Friday, half past four',
    tags: { booking: 1, politeness: 1 },
  },
  {
    lines: [
      'Hello, Support, I am listening.',
      'I want to return the kettle. It leaks.',
      'That should not be. Do you still have the receipt?',
      'Only the mail with the order.',
      'That is enough. We will fetch it, and the money comes back within five days.',
      'All right, I will wait for it.',
    ],
    wish: 'To return a faulty kettle',
    outcome: 'The kettle is fetched, the money is paid back',
    tags: { return: 1, complaint: 1 },
  },
  {
    lines: [
      'Good day! You left a request on our site, is this a good moment?',
      'Yes, go ahead. I need twenty chairs for an office.',
      'We have them in grey and in black. When do you need them?',
      'By the end of the month. Can you bring them up to the third floor?',
      'We can, that is included. I will send you the offer today.',
      'Please do, I am waiting for it.',
    ],
    wish: 'Twenty chairs for an office, brought upstairs',
    outcome: 'The operator sends an offer today',
    tags: { sale: 1, delivery: 1 },
  },
];
