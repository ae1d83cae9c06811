"""English."""

from surveys.wording.shape import KindWords, Wording

ENGLISH = Wording(
    direction="ltr",
    kinds={
        "nps": KindWords(
            question="How likely are you to recommend {company} to a friend or colleague?",
            follow_up="What is the main reason for your score?",
            least="Not at all likely",
            most="Extremely likely",
        ),
        "csat": KindWords(
            question="How satisfied are you with {company}?",
            follow_up="What could we do better?",
            least="Very dissatisfied",
            most="Very satisfied",
        ),
        "ces": KindWords(
            question="How much do you agree: {company} made it easy for me to get done what I "
            "needed?",
            follow_up="What would have made it easier?",
            least="Strongly disagree",
            most="Strongly agree",
        ),
    },
    default_thank_you="We read every answer.",
    greeting="Hello {contact},",
    greeting_without_name="Hello,",
    choose="Choose a score from {lowest} to {highest}:",
    score_of="{score} out of {highest}",
    why_you="You get this mail because you are a contact of {customer} at {company}.",
    unsubscribe="Get no more surveys from {company}",
    send="Send my answer",
    save="Save",
    comment="In your own words",
    saved="Saved. You can change it, or add a few words below.",
    not_saved="Not saved yet. Please press the button.",
    choose_first="Please choose a score from {lowest} to {highest}.",
    your_answer="Your answer",
    change="Change my answer",
    expires="You can change it until {day}.",
    thanks="Thank you",
    expired="This survey has ended",
    expired_text="Its link worked for 30 days. Nothing more is needed from you.",
    unknown="This link leads nowhere",
    unknown_text="Please use the whole link as it is in the mail.",
    unsubscribe_question="No more surveys?",
    unsubscribe_text="{company} will not send surveys to {email} any more.",
    unsubscribed="You will get no more surveys",
    unsubscribed_text="{company} sends no more surveys to {email}.",
    as_user="You are signed in as a user of {company}: this answer is kept, marked as yours, "
    "and left out of the figures. To try it as a contact does, open the link in a private window.",
    too_long="Please keep it to {limit} characters.",
    reminder="A reminder: {question}",
    reminder_text="You have not answered yet. One click is enough.",
    tell_more="Would you tell us a little more?",
    choose_any="Choose all that fit.",
    answer_wrong="Please choose among the answers shown.",
    too_often="This answer was changed very often. What you sent before is kept; please do "
    "not send more now.",
    refer="Recommend {company}",
    refer_text="Do you know somebody {company} could help? This link is yours to share.",
)
